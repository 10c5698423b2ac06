"""Where findings are: the bytes of a place are the element it names, however the claim is built."""

from __future__ import annotations

import pytest

from scrub837.testing import build, findings

OTHER_PAYER = (
    "SBR*S*18*******CI~\n"
    "AMT*D*10~\n"
    "OI***Y***Y~\n"
    "NM1*IL*1*SAMPLE*AVERY****MI*1~\n"
    "NM1*PR*2*OTHER PLAN*****PI*EXOTH~\n"
)


@pytest.mark.parametrize("between", ["", "SBR*S*18*******CI~\n", OTHER_PAYER])
def test_lines_behind_other_payers(between: str) -> None:
    edits = (("LX*1~", f"{between}LX*1~"),)
    notation = "97110:gp x1 ; 97140:gp x1"
    edi = build(notation, edits).edi.decode()
    found = findings(notation, "mod-format", edits=edits)
    segments = edi.split("~\n")
    for finding, code in zip(found, ("97110", "97140"), strict=True):
        place = finding.location
        assert edi[place.start : place.end] == "gp"
        start = next(n for n, segment in enumerate(segments) if segment.startswith(f"SV1*HC:{code}"))
        assert place.segment == start - segments.index("ST*837*0001*005010X222A1") + 1
