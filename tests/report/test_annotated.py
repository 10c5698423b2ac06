"""The view for the technician: segments as sent, carets under the bytes that are meant."""

from __future__ import annotations

import io
import re
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrub837.configure import built_in_settings
from scrub837.report import PLAIN, View
from scrub837.report.as_annotated import write
from scrub837.report.raw_segment import ShownSegment
from scrub837.report.words import clean
from scrub837.results import Report
from scrub837.rules.mod001_format import ModifierFormat
from scrub837.testing import TODAY, build, judge
from scrub837.x12.original import RawSegment
from scrub837.x12.separators import Separators

MARKS = Separators("*", ":", "~", "^")


def shown(
    notation: str, *edits: tuple[str, str], view: View = PLAIN, redact: bool = False, guide: bool = False
) -> str:
    settings = built_in_settings(today=TODAY, redact=redact, guide=guide)
    with closing(judge(build(notation, edits), settings=settings)) as file:
        out = io.BytesIO()
        write(Report([file], []), out, view)
    return out.getvalue().decode()


def test_a_held_claim_is_shown_segment_by_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrub837.scan.all_rules", lambda: (ModifierFormat(),))
    text = shown("97110:GP x1 || id=C2 | 97140:GP x1 $45 ; 97530:gp:59 x2 $90")
    assert (
        text
        == """\
example.edi   HELD

CLAIM C2   claim 2 in ST 0001   $135.00
   28  HL*3*1*22*0~
   29    SBR*P*18*******MB~
   30    NM1*IL*1*SAMPLE*AVERY****MI*1EG4TE5MK73~
   31      N3*12 PLACEHOLDER AVE~
   32      N4*SPRINGFIELD*IL*627040002~
   33      DMG*D8*19500315*F~
   34    NM1*PR*2*EXAMPLE MEDICARE CONTRACTOR*****PI*EXMAC~
   35    CLM*C2*135***11:B:1*Y*A*Y*Y~
   36      HI*ABK:M542~
   37      NM1*DN*1*REFERRER*PAT****XX*1999000031~
   38      NM1*82*1*ALDER*RILEY****XX*1999001013~
   39        PRV*PE*PXC*225100000X~
   40      LX*1~
   41        SV1*HC:97140:GP*45*UN*1***1~
   42        DTP*472*D8*20261103~
   43        REF*6R*C2L1~
   44      LX*2~
   45        SV1*HC:97530:gp:59*90*UN*2***1~
                          ^^
             ! DENY MOD001 SV101-3
               Modifier 'gp' on 97530 is sent in small letters; it should read
               GP.
               fix (safe): gp -> GP
   46        DTP*472*D8*20261103~
   47        REF*6R*C2L2~

1 kind of checks could not be made: --format text.
"""
    )


def test_the_other_line_of_a_pair_is_underlined() -> None:
    text = shown("pairs=97530/97140/1 | 97530:GP x1 ; 97140:GP x1")
    lines = text.splitlines()
    first = next(n for n, line in enumerate(lines) if "SV1*HC:97530" in line)
    assert set(lines[first + 1].strip()) == {"-"}
    assert "- PTP001 at segment 29" in lines[first + 2]
    second = next(n for n, line in enumerate(lines) if "SV1*HC:97140" in line)
    assert set(lines[second + 1].strip()) == {"^"}


def test_findings_on_the_envelope_stand_before_the_claims() -> None:
    text = shown("97110:GP x1", ("SE*28", "SE*99"))
    at = text.index("Findings on the file")
    assert re.search(r"SE\*99\*0001~\n +\^\^\n +X REJECT ENV005 SE01", text[at:])


def test_a_long_segment_is_wrapped_with_the_caret_in_its_row() -> None:
    name = "N" * 100
    text = shown("97530:gp x1", ("SV1*HC:97530:gp*50", f"SV1*HC:97530:gp::::{name}*50"), view=View(width=60))
    lines = text.splitlines()
    at = next(n for n, line in enumerate(lines) if "SV1*HC:97530:gp" in line)
    assert lines[at + 1].index("^^") == lines[at].index("gp")
    assert "".join(line.strip() for line in lines if set(line.strip()) <= {"N"}).count("N") > 40
    assert max(map(len, lines)) <= 60


def test_an_endless_segment_is_folded_around_its_places() -> None:
    text = shown(
        "97110:GP x1",
        ("HI*ABK:M542", "NTE*ADD*" + "W" * 50_000 + "~\nHI*ABK:M542"),
        ("SV1*HC:97110:GP", "SV1*HC:97110:gp"),
    )
    assert len(text) < 6000
    assert re.search(r"\.\.\.\d{5}characters\.\.\.", "".join(text.split()))


def test_patients_are_hidden_and_carets_stay() -> None:
    edits = (("1EG4TE5MK73", "1EG4TE5MK73 "), ("HC:97530:gp", "HC:97530:gp::::AVERY WALKS"))
    text = shown("97530:gp x1", *edits, redact=True, guide=True)
    for secret in ("SAMPLE*", "AVERY", "1EG4", "PLACEHOLDER", "627040002", "19500315", "WALKS"):
        assert secret not in text
    lines = text.splitlines()
    at = next(n for n, line in enumerate(lines) if "SV1*HC:97530:gp:::" in line)
    assert lines[at + 1].index("^^") == lines[at].index("gp")
    assert "NM1*IL*1*(redacted)*(redacted)****MI*(redacted)~" in text
    at = next(n for n, line in enumerate(lines) if "NM1*(redacted)" in line)  # what is said of the file
    assert lines[at + 1].index("^^^^") == lines[at].rindex("(redacted)")


@given(st.text(st.characters(max_codepoint=0xFF, exclude_characters="~"), min_size=1, max_size=40), st.data())
def test_columns_are_where_the_characters_are_shown(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    segment = ShownSegment(RawSegment(1000, text, MARKS))
    first, last = segment.columns((1000 + start, 1000 + end))
    assert segment.text[first:last] == clean(text[start:end])
