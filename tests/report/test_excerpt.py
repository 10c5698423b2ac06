"""The segment of a finding with its place marked, and what of it a redacted report shows."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from scrub837.configure import built_in_settings
from scrub837.findings import Location
from scrub837.report.excerpt import Excerpt, excerpt, shown
from scrub837.results import FileReport
from scrub837.testing import TODAY, build, judge


def judged(*, redact: bool = False, edits: tuple[tuple[str, str], ...] = ()) -> FileReport:
    settings = replace(built_in_settings(today=TODAY, guide=False), redact=redact)
    return judge("id=C1 | 97110:gp x1", settings=settings, edits=edits)


def place_of(edi: bytes, text: str, loop: str | None, element: str) -> Location:
    start = edi.index(text.encode())
    return Location(transaction="0001", loop=loop, element=element, start=start, end=start + len(text))


def test_the_place_is_marked_in_its_segment() -> None:
    with closing(judged()) as file:
        [finding] = [one for one in file.findings() if one.code == "MOD001"]
        assert excerpt(file, finding.location) == Excerpt("SV1*HC:97110:", "gp", "*50*UN*1***1~")


def test_what_is_missing_is_marked_by_nothing_at_the_end() -> None:
    with closing(judged()) as file:
        end = build("id=C1 | 97110:gp x1").edi.index(b"~\nHI*")
        place = Location(loop="2300", element="CLM10", start=end, end=end)
        assert excerpt(file, place) == Excerpt("CLM*C1*50***11:B:1*Y*A*Y*Y", "", "~")


def test_an_endless_segment_is_cut_and_hostile_text_spelt_out() -> None:
    edits = (("CLM*C1*", "CLM*" + "\u00ad" * 300 + "\x1b[2J*"),)
    with closing(judged(edits=edits)) as file:
        start = build("id=C1 | 97110:gp x1", edits).edi.index(b"*50***11")
        [*_, before] = [excerpt(file, Location(loop="2300", element="CLM02", start=start + 1, end=start + 3))]
    assert before is not None
    assert before.marked == "50"
    assert before.before.startswith("...\\xad")
    assert before.before.endswith("\\x1b[2J*")


@pytest.mark.parametrize(
    ("text", "loop", "element", "hidden"),
    [
        ("SAMPLE*AVERY", "2010BA", "NM103", True),
        ("12 PLACEHOLDER AVE", "2010BA", "N301", True),
        ("SAMPLE*AVERY", None, "NM103", True),
        ("SAMPLE*AVERY", "2300", "CLM05", True),  # the place says one thing, the bytes another
        ("EXAMPLE MEDICARE", "2010BB", "NM103", False),
        ("97110", "2400", "SV101-2", False),
    ],
)
def test_redacted_reports_show_no_segment_that_names_a_patient(
    text: str, loop: str | None, element: str, hidden: bool
) -> None:
    edi = build("id=C1 | 97110:gp x1").edi
    with closing(judged(redact=True)) as file:
        told = excerpt(file, place_of(edi, text, loop, element))
        assert told is not None
        assert (text not in "".join((told.before, told.marked, told.after))) is hidden
        assert ("(redacted)" in told.marked) is hidden
        assert file.original is not None
        segment = file.original.segment_at(edi.index(text.encode()))
        assert segment is not None
        assert (text not in shown(file, segment, loop)) is hidden
