"""Claims that are read together, column by column, are those that are read segment by segment."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrub837.claims import plain_run
from scrub837.claims.documentation import Documentation
from scrub837.claims.model import Claim, Level
from scrub837.claims.plain_run import PlainReader
from scrub837.configure import built_in_settings
from scrub837.engine import Job, tasks_of
from scrub837.reference.store import open_reference
from scrub837.tasks import body_of
from scrub837.testing import TODAY
from scrub837.x12 import segments as segments_module
from scrub837.x12.outline import read_outline
from scrub837.x12.source import Source

HEAD = (
    "ISA*00*          *00*          *ZZ*EXAMPLE        *ZZ*EXAMPLE        "
    "*261102*0815*^*00501*000000001*0*T*:~"
    "GS*HC*EXAMPLE*EXAMPLE*20261102*0815*1*X*005010X222A1~ST*837*0001*005010X222A1~"
    "BHT*0019*00*1*20261102*0815*CH~"
)
TAIL = "SE*1*0001~GE*1*1~IEA*1*000000001~"
BILLING = "HL*{n}**20*1~NM1*85*2*EXAMPLE THERAPY*****XX*1000010003~"
SUBSCRIBERS = (
    "HL*{n}*{up}*22*0~SBR*P*18*******CI~NM1*IL*1*DOE*JANE****MI*M{n}~DMG*D8*19800101*F~NM1*PR*2*A*****PI*1~",
    "HL*{n}*{up}*22*0~SBR*P*18*******MB~NM1*IL*1*DOE*JOHN****MI*M{n}~DMG*D8*19700101*M~NM1*PR*2*B*****PI*2~",
    "HL*{n}*{up}*22*1~SBR*P********CI~NM1*IL*1*ROE*ANN****MI*M{n}~NM1*PR*2*A*****PI*1~",
    "HL*9*{up}*22*0~SBR*P*18*******CI~NM1*IL*1*DOE*NINA****MI*M{n}~NM1*PR*2*A*****PI*1~",
)
PATIENT = "HL*{n}*{up}*23*0~PAT*19~NM1*QC*1*ROE*BOB~DMG*D8*20150101*M~"
CLAIM = "CLM*C{c} *90***11:B:{f}*Y*A*Y*Y~HI*ABK:M5450~{more}"
LINE = "LX*{x}~SV1*HC:97110:GP*45*UN*{x}***1~DTP*472*D8*2026110{x}~"
CONTROL = "REF*6R*C{c}L{x}~"
MORE = ("", "NM1*82*1*FOX*EVE****XX*1000010169~", "REF*F8*OLD~", "SBR*S*18*******CI~OI***Y***Y~", "ZZZ*1~")
ODD = ("", "", "", "\n", "~", "NTE*ADD*x\ny~", "NTE*ADD*\xe9~", "SV1*HC:97140*45*UN*1***1~", "NTE*ADD*a  ~")


@st.composite
def batches(draw: st.DrawFn) -> str:
    """A transaction of any mixture of levels and claims, most of them plain."""
    text, number, up = [HEAD], 0, 1
    for claim in range(draw(st.integers(1, 40))):
        kind = draw(st.sampled_from(("same", "subscriber", "subscriber", "subscriber", "patient", "billing")))
        if kind == "billing" or not number:
            number, up = number + 1, number + 1
            text.append(BILLING.format(n=number))
        if kind == "subscriber":
            number += 1
            text.append(draw(st.sampled_from(SUBSCRIBERS)).format(n=number, up=up))
        if kind == "patient":
            number += 1
            text.append(PATIENT.format(n=number, up=number - 1))
        more = draw(st.sampled_from(MORE)) if draw(st.integers(0, 4)) == 0 else ""
        text.append(CLAIM.format(c=claim, f=draw(st.sampled_from("17")), more=more))
        control = draw(st.sampled_from((CONTROL, CONTROL, CONTROL, "")))
        lines = range(1, 1 + draw(st.integers(1, 3)))
        text += [(LINE + control).format(x=line, c=claim) for line in lines]
        if draw(st.integers(0, 12)) == 0:
            text.append(draw(st.sampled_from(ODD)))
    return "".join((*text, TAIL))


def _level(level: Level | None) -> object:
    return level and (level.code, level.id, level.parent, level.child, level.block.text, level.block.start,
                      level.block.ordinal)  # fmt: skip


def _said(claim: Claim) -> tuple[object, ...]:
    lines = [
        (line.number, line.at, line.end, line.sv1_at, line.service, line.dates, line.control, line.rendering,
         line.segments)
        for line in claim.lines
    ]  # fmt: skip
    return (
        claim.index, claim.id, claim.charge_text, claim.facility, claim.place, claim.frequency,
        claim.rendering, claim.billing_npi, claim.leads, claim.profile.name, claim.patient_key,
        claim.insured.insurance, claim.head, claim.layout.end, claim.other_payers, claim.block.text,
        claim.block.start, claim.block.ordinal, claim.cut,
        *map(_level, (claim.billing, claim.subscriber, claim.patient)), lines,
    )  # fmt: skip


def _read(text: str) -> list[object]:
    """All that is read of a text."""
    context = Job(built_in_settings(today=TODAY), open_reference(None), Documentation([])).context()
    found: list[object] = []
    with tempfile.TemporaryFile() as file:
        file.write(text.encode("latin-1"))
        file.flush()
        source = Source("example.edi", file)
        for task in tasks_of(read_outline(source))[0]:
            body = body_of(source, task, context)
            found += [_said(claim) for claim in body.claims(keep=True)]
            faults = [(one.kind, one.found, one.expected, one.level.id) for one in body.levels.faults]
            found.append((body.segments, body.lines, body.claim_count, body.levels.seen, faults))
    return found


def _nothing_plain(*_args: Any, **_options: Any) -> list[Any]:
    return []


@settings(max_examples=150, deadline=None)
@given(batches(), st.sampled_from(("", "\n", "\r\n")), st.sampled_from((150, 1 << 17)), st.integers(0, 900))
def test_read_together_as_read_one_by_one(text: str, line_end: str, chunk: int, lost: int) -> None:
    text = text.replace("~", "~" + line_end)
    if lost < 300:  # a file that is cut
        text = text[: len(text) - lost]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments_module, "CHUNK", chunk)
        together = _read(text)
        patch.setattr(plain_run, "_TOGETHER", 1)
        assert _read(text) == together
        patch.setattr(PlainReader, "read", _nothing_plain)
        assert _read(text) == together


def test_most_claims_are_read_together() -> None:
    """Or the test above would compare one way with itself."""
    number, parts = 1, [HEAD, BILLING.format(n=1)]
    for claim in range(20):
        number += 1
        parts += [SUBSCRIBERS[0].format(n=number, up=1), CLAIM.format(c=claim, f=1, more="")]
        parts += [(LINE + CONTROL).format(x=1, c=claim)]
    with tempfile.TemporaryFile() as file:
        file.write("".join((*parts, TAIL)).encode())
        file.flush()
        source = Source("example.edi", file)
        context = Job(built_in_settings(today=TODAY), open_reference(None), Documentation([])).context()
        (task,) = tasks_of(read_outline(source))[0]
        assert [len(run) for run in body_of(source, task, context).runs()] == [20]
