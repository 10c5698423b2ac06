"""The published schemas of journals, resubmissions and audits: in step with what is written.

``python tests/test_schemas.py`` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner

from scrub837.audit import document
from scrub837.cli import main
from scrub837.fixes import journal
from scrub837.resubmit import record

ROOT = Path(__file__).parents[1]
FORMATS: dict[str, tuple[str, list[type]]] = {  # by file: what it is of, and the documents of that name
    "journal-1": ("The journal beside a corrected file.", [journal.Journal]),
    "resubmission-1": (
        "The journal beside a file of claims sent again, and what `scrub837 resubmit --format json` tells.",
        [record.Journal, record.Told],
    ),
    "audit-1": ("What `scrub837 audit --format json` tells.", [document.Audit]),
}
BATCH, ANSWERS = ROOT / "fixtures/edi/batch/therapy", ROOT / "fixtures/edi/responses/therapy"


def schema_of(name: str) -> dict[str, Any]:
    """The schema as the types have it."""
    about, documents = FORMATS[name]
    whole, parts = msgspec.json.schema_components(documents, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:scrub837:{name}",
        "title": f"scrub837/{name}",
        "description": f"{about} Keys may be added: readers ignore those they do not know.",
        **(whole[0] if len(whole) == 1 else {"oneOf": list(whole)}),
        "$defs": parts,
    }


def text_of(name: str) -> str:
    # the version of the program is no part of a format
    return json.dumps(schema_of(name), indent=2).replace(
        f'"default": "{journal.Tool().version}"', '"minLength": 1'
    )


def path_of(name: str) -> Path:
    return ROOT / "schemas" / f"{name}.schema.json"


@pytest.mark.parametrize("name", FORMATS)
def test_schemas_are_in_step_with_the_types(name: str) -> None:
    assert path_of(name).read_text("utf-8") == text_of(name) + "\n", "python tests/test_schemas.py"
    jsonschema.Draft202012Validator.check_schema(schema_of(name))


def test_what_is_written_fits(tmp_path: Path) -> None:
    def run(*arguments: object) -> bytes:
        done = CliRunner().invoke(main, [str(one) for one in arguments], standalone_mode=False)
        assert done.exception is None
        assert done.return_value in (0, 1)
        return done.stdout_bytes

    def fits(name: str, data: bytes) -> None:
        document = json.loads(data)
        assert document["schema"] == f"scrub837/{name}"
        jsonschema.Draft202012Validator(json.loads(path_of(name).read_text("utf-8"))).validate(document)

    batch, log, day = BATCH / "before.edi", BATCH / "minutes.csv", "2026-11-20"
    answers = [ANSWERS / "277ca.txt", ANSWERS / "835.txt"]
    corrected, again, report = tmp_path / "corrected.edi", tmp_path / "again.edi", tmp_path / "report.json"
    run("check", batch, "--documentation", log, "--as-of", day, "--corrected", corrected, "--output", report)
    fits("journal-1", corrected.with_name("corrected.edi.journal.json").read_bytes())
    told = run("resubmit", *answers, "--batch", batch, "--documentation", log, "--as-of", day, "--apply",
               "documented", "--control-number", 77, "--output", again, "--format", "json")  # fmt: skip
    fits("resubmission-1", told)
    fits("resubmission-1", again.with_name("again.edi.journal.json").read_bytes())
    fits("audit-1", run("audit", report, "--format", "json"))


if __name__ == "__main__":
    for each in FORMATS:
        path_of(each).write_text(text_of(each) + "\n", "utf-8")
