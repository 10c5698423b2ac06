"""Whatever is untidy: only its own bytes change, twice is once, and undo gives the original back."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import closing
from pathlib import Path

from desk import Desk
from hypothesis import given, settings
from hypothesis import strategies as st

from scrub837.findings import Severity
from scrub837.fixes.journal import read_journal, undo
from scrub837.testing import build
from scrub837.x12.source import open_source

CODES = ("97110", "97112", "97116", "97140", "97530", "97161", "G0283", "98941")
MODIFIERS = ("GP", "59", "KX", "GO", "AT", "XS", "GPX")
COUNTS = ("SE", "GE", "IEA")


@st.composite
def lines(draw: st.DrawFn) -> str:
    """SV101 as somebody's practice system might write it."""
    written = []
    for modifier in draw(st.lists(st.sampled_from(MODIFIERS), max_size=3)):
        style = draw(st.sampled_from(("{}", "{}", "{} ", " {}", "{}:{}", ":{}")))
        text = modifier.lower() if draw(st.booleans()) else modifier
        written.append(style.format(text, text.upper()))
    tail = draw(st.sampled_from(("", "", "", ":", "::")))
    return ":".join(["HC", draw(st.sampled_from(CODES)), *written]) + tail


@st.composite
def batches(draw: st.DrawFn) -> bytes:
    """An 837P with untidy modifiers and counts, in any separators and line ends."""
    claims = draw(st.lists(st.lists(lines(), min_size=1, max_size=4), min_size=1, max_size=4))
    text = build(" || ".join(" ; ".join("97110 x1" for _ in claim) for claim in claims)).edi.decode()
    for number, line in enumerate(line for claim in claims for line in claim):
        text = text.replace("SV1*HC:97110*", f"SV1*{number}/{line}*", 1)
    text = re.sub(r"SV1\*\d+/", "SV1*", text)
    text = re.sub(r"UN\*1\*", lambda _: "UN*" + draw(st.sampled_from(("1", "1", "1.0", "01"))) + "*", text)
    for tag in draw(st.sets(st.sampled_from(COUNTS))):
        text = re.sub(rf"\n{tag}\*\d+", f"\n{tag}*{draw(st.integers(0, 99))}", text)
    ending = draw(st.sampled_from(("~\n", "~", "~\r\n", "|\n")))
    component = draw(st.sampled_from(":>"))
    return text.replace("~\n", ending).replace(":", component).encode()


def rebuilt(edi: bytes, journal: Path) -> bytes:
    """What the journal makes of the original."""
    parts, at = [], 0
    for edit in json.loads(journal.read_text())["edits"]:
        start, before = edit["start"], edit["before"].encode("latin-1")
        assert edi[start : start + len(before)] == before
        parts += [edi[at:start], edit["after"].encode("latin-1")]
        at = start + len(before)
    return b"".join([*parts, edi[at:]])


@settings(max_examples=60, deadline=None)
@given(batches())
def test_untidy_batches(edi: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        once = desk.correct(edi)
        if once.bytes is None:
            return
        journal = Path(folder, "out1.edi.journal.json")
        assert rebuilt(edi, journal) == once.bytes
        places = [f.location for f in once.findings if f.fix and f.fix.applied]
        for edit in json.loads(journal.read_text())["edits"]:
            start, end = edit["start"], edit["start"] + len(edit["before"])
            assert any((p.start or 0) <= start and end <= (p.end or 0) for p in places)

        twice = desk.correct(once.bytes)
        assert twice.bytes == once.bytes
        assert twice.correction.changes == 0
        hard = (Severity.REJECT, Severity.DENY)
        was = {(f.name, f.location.claim_index, f.location.line) for f in once.findings if f.severity in hard}
        now = {
            (f.name, f.location.claim_index, f.location.line) for f in twice.findings if f.severity in hard
        }
        assert now <= was

        back = Path(folder, "back.edi")
        with closing(open_source(str(Path(folder, "out1.edi")))) as corrected:
            undo(corrected, read_journal(journal), back)
        assert back.read_bytes() == edi
