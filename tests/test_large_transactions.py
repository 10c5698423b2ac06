"""A transaction may hold all claims of a practice: what is known of them leaves memory as they are judged."""

from __future__ import annotations

import tempfile
from contextlib import closing

from scrub837.claims.documentation import Documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job, tasks_of
from scrub837.reference.store import open_reference
from scrub837.scan import Judge
from scrub837.testing import TODAY, build, judge
from scrub837.x12.outline import read_outline
from scrub837.x12.source import Source

CLAIMS = 3000
EVERY_THIRD_IS_UNTIDY = build(
    " || ".join(f"id=C{n} | 97110:{'gp' if n % 3 else 'GP'} x1" for n in range(CLAIMS))
)


def test_a_transaction_is_judged_in_parts() -> None:
    settings = built_in_settings(today=TODAY, guide=False)
    judge_ = Judge(Job(settings, open_reference(None), Documentation()).context())
    with tempfile.TemporaryFile() as file:
        file.write(EVERY_THIRD_IS_UNTIDY.edi)
        file.flush()
        source = Source("large.edi", file)
        (task,), _ = tasks_of(read_outline(source))
        parts = list(judge_.transaction(source, task))
    sizes = [len(part.claims) for part in parts]
    assert sum(sizes) == sum(part.lines for part in parts) == CLAIMS
    assert len(parts) > 2
    assert max(sizes) < CLAIMS / 2
    assert [part.segments for part in parts if part.segments] == [EVERY_THIRD_IS_UNTIDY.edi.count(b"~") - 4]


def test_the_parts_add_up() -> None:
    with closing(judge(EVERY_THIRD_IS_UNTIDY)) as report:
        assert report.counts.claims == report.counts.lines == len(report.claims) == CLAIMS
        assert [report.claim(n).claim for n in (1, 1500, CLAIMS)] == ["C0", "C1499", f"C{CLAIMS - 1}"]
        untidy = [one.location.claim for one in report.findings() if one.name == "mod-format"]
    assert untidy == [f"C{n}" for n in range(CLAIMS) if n % 3]
