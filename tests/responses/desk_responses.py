"""Answers worked against batches without the command line, for tests."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from scrub837.claims.documentation import open_documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job
from scrub837.reference.store import open_reference
from scrub837.responses.as_json import write
from scrub837.responses.working import Work, work
from scrub837.testing import TODAY
from scrub837.x12.source import open_source

ROOT = Path(__file__).parents[2]
THERAPY = ROOT / "fixtures" / "edi" / "batch" / "therapy"
ANSWERS = ROOT / "fixtures" / "edi" / "responses" / "therapy"


@contextmanager
def worked(
    answers: Sequence[Path], batches: Sequence[Path], logs: Sequence[Path] = (), **settings: Any
) -> Iterator[Work]:
    """The answers joined to the batches, judged as on the day of the examples."""
    with ExitStack() as stack:
        sources = [stack.enter_context(closing(open_source(str(path)))) for path in answers]
        sent = [stack.enter_context(closing(open_source(str(path)))) for path in batches]
        documentation = stack.enter_context(closing(open_documentation(logs)))
        settings.setdefault("guide", False)
        job = Job(built_in_settings(today=TODAY, **settings), open_reference(None), documentation)
        yield stack.enter_context(closing(work(sources, sent, job)))


def as_json(work: Work) -> Any:
    """The JSON rendering, read back."""
    out = io.BytesIO()
    write(work, out)
    return json.loads(out.getvalue())
