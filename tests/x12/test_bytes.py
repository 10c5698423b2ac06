"""Bytes to claims without loss: any separators, any line ends, several interchanges, every span exact."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scrub837.claims.documentation import Documentation
from scrub837.claims.model import Claim
from scrub837.configure import built_in_settings
from scrub837.engine import Job, tasks_of
from scrub837.reference.store import open_reference
from scrub837.tasks import body_of
from scrub837.testing import TODAY, build
from scrub837.x12 import outline as outline_module
from scrub837.x12 import segments as segments_module
from scrub837.x12.outline import Outline, read_outline
from scrub837.x12.segments import Splitter
from scrub837.x12.separators import Separators, read_isa
from scrub837.x12.source import Source

NOTATION = (
    "97530:GP x2 ; 97140:GP:59 x1 {P2} ; 97110:GP x1 to=2026-11-04 || "
    "patient=B freq=7 f8=X77 | 98941:AT x1 unit=UN"
)
USUAL = Separators("*", ":", "~", "^")
PRINTED = [char for char in map(chr, range(0x21, 0x7F)) if not char.isalnum() and char not in "-.,'"]
LEGAL = [*PRINTED, *"\x07\x1c\x1d\x1e\x1f"]
LINE_ENDS = ("", "\n", "\r\n", "\r")


@st.composite
def layouts(draw: st.DrawFn) -> tuple[Separators, str]:
    """Four separators that differ, and the line end after each terminator."""
    element, component, terminator, repetition = draw(st.permutations(LEGAL))[:4]
    if draw(st.booleans()):
        others = [mark for mark in "\n\r\x1c\x85" if mark not in (element, component, repetition)]
        return Separators(element, component, draw(st.sampled_from(others)), repetition), ""
    return Separators(element, component, terminator, repetition), draw(st.sampled_from(LINE_ENDS))


def written(layout: tuple[Separators, str], control: str = "000000001", notation: str = NOTATION) -> bytes:
    """The built file with other separators and line ends."""
    separators, line_end = layout
    text = build(notation).edi.decode("latin-1").replace("\n", "").replace("000000001", control)
    marks = [separators.element, separators.component, separators.segment + line_end, separators.repetition]
    return text.translate(dict(zip(map(ord, "*:~^"), marks, strict=True))).encode("latin-1")


@contextmanager
def opened(edi: bytes) -> Iterator[Source]:
    with tempfile.TemporaryFile() as file:
        file.write(edi)
        file.flush()
        yield Source("example.edi", file)


def claims_of(source: Source) -> Iterator[Claim]:
    context = Job(built_in_settings(today=TODAY), open_reference(None), Documentation([])).context()
    for task in tasks_of(read_outline(source))[0]:
        yield from body_of(source, task, context).claims()


def said(claim: Claim, component: str) -> tuple[object, ...]:
    """All that a claim says, whatever separators it was written with."""
    lines = [
        (
            line.number,
            line.control,
            line.procedure.qualifier,
            line.procedure.code,
            line.procedure.modifiers,
            line.procedure.raw.replace(component, ":"),
            line.charge,
            line.unit,
            line.units,
            line.place,
            line.pointers.replace(component, ":"),
            line.dates,
            line.rendering,
        )
        for line in claim.lines
    ]
    levels = [level and (level.code, level.id, level.parent, level.child) for level in
              (claim.billing, claim.subscriber, claim.patient)]  # fmt: skip
    who = claim.patient_key, claim.payer_name, claim.filing, claim.billing_npi, claim.rendering
    claim_itself = claim.index, claim.id, claim.charge, claim.place, claim.frequency, claim.block.ordinal
    return (claim.envelope, claim.profile.name, levels, who, claim_itself, lines)


@settings(max_examples=60, deadline=None)
@given(layouts())
@example((Separators("|", ">", "\n", "^"), ""))
@example((Separators("~", "^", "_", ":"), "\r\n"))
def test_claims_do_not_depend_on_separators(layout: tuple[Separators, str]) -> None:
    with opened(written((USUAL, ""))) as source:
        expected = [said(claim, ":") for claim in claims_of(source)]
    assert len(expected) == 2
    with opened(written(layout)) as source:
        assert read_outline(source).interchanges[0].separators == layout[0]
        assert [said(claim, layout[0].component) for claim in claims_of(source)] == expected


@settings(max_examples=40, deadline=None)
@given(layouts(), st.sampled_from(("", " ", "\n", "\t  ")))
def test_every_span_holds_its_value(layout: tuple[Separators, str], indent: str) -> None:
    separators, line_end = layout
    edi = written(layout).decode("latin-1")
    if separators.segment not in "\r\n":
        edi = edi.replace(separators.segment + line_end, separators.segment + line_end + indent)
    count = 0
    with opened(edi.encode("latin-1")) as source:
        for claim in claims_of(source):
            for line in claim.lines:
                places = {
                    "SV101-1": line.procedure.qualifier,
                    "SV101-2": line.procedure.code,
                    "SV104": line.service.units_text,
                    "LX01": str(line.number),
                    "DTP03": line.dates.raw,
                    "REF02": line.control,
                }
                places |= {f"SV101-{n}": text for n, text in enumerate(line.procedure.modifiers, start=3)}
                for element, text in places.items():
                    at = line.locate(element)
                    assert edi[at.start : at.end] == text, element
                    count += 1
            for element, text in {
                "CLM01": claim.id,
                "CLM05-3": claim.frequency,
                "CLM05-1": claim.place,
            }.items():
                at = claim.locate(element)
                assert edi[at.start : at.end] == text, element
            whole = claim.locate("CLM")
            assert edi[whole.start : whole.end].startswith("CLM" + separators.element)
            assert claim.subscriber is not None
            name = claim.locate_in(claim.subscriber.block, 0, "HL03", loop="2000B")
            assert edi[name.start : name.end] == "22"
    assert count == 4 * 6 + 5  # six places a line, and the modifiers GP, GP 59, GP and AT


@settings(max_examples=150, deadline=None)
@given(layouts(), st.data())
def test_pieces_join_to_the_text(layout: tuple[Separators, str], data: st.DataObject) -> None:
    separators, line_end = layout
    alphabet = st.sampled_from([*"AB1 \t\r\n\x00\xe9", separators.element, separators.segment, "CLM", "HL"])
    text = "".join(data.draw(st.lists(alphabet, max_size=60)))
    splitter = Splitter(separators, line_end)
    pieces, raw = splitter.split(text)
    joined = separators.segment.join(raw)
    assert text.startswith(joined)
    assert not text[len(joined) :].replace(separators.segment, "", 1).strip(" \t\r\n\x00\x1a")
    assert len(pieces) == len(raw)
    block = splitter.block(text, 7, 1)
    for n, piece in enumerate(pieces):
        start, end = block.span(n)
        assert "".join(text[start - 7 : end - 7].split()) == "".join(piece.split())


@settings(max_examples=25, deadline=None)
@given(st.lists(layouts(), min_size=2, max_size=4), st.sampled_from(("", "\n", "\r\n\r\n")))
def test_interchanges_with_separators_of_their_own(layouts: list[tuple[Separators, str]], gap: str) -> None:
    files = [written(layout, f"{n:09d}") for n, layout in enumerate(layouts, start=1)]
    with opened(gap.encode().join(files)) as source:
        outline, claims = read_outline(source), [(c.envelope.interchange, c.index) for c in claims_of(source)]
    assert [i.separators for i in outline.interchanges] == [separators for separators, _ in layouts]
    assert claims == [(f"{(n + 1) // 2:09d}", n) for n in range(1, 2 * len(files) + 1)]
    assert outline.stray == []
    assert not outline.cut


def marks(outline: Outline) -> object:
    """An outline as what can be compared."""
    return (
        outline.bytes,
        outline.sha256,
        outline.stray,
        [
            (
                interchange.isa,
                interchange.iea,
                interchange.end,
                [(group.gs, group.ge, group.transactions) for group in interchange.groups],
            )
            for interchange in outline.interchanges
        ],
    )


@pytest.mark.parametrize("lost", ["IEA", "GE", "SE"])
@given(layouts())
@settings(max_examples=10, deadline=None)
def test_an_interchange_after_one_without_trailers(lost: str, layout: tuple[Separators, str]) -> None:
    first = written((USUAL, "\n"))
    with opened(
        first[: first.index(b"\n" + lost.encode() + b"*") + 1] + written(layout, "000000002")
    ) as source:
        interchanges = read_outline(source).interchanges
        assert [one.isa.at(13) for one in interchanges] == ["000000001", "000000002"]
        assert [one.iea is None for one in interchanges] == [True, False]
        assert len([*claims_of(source)]) == 4


def test_page_ends_between_segments() -> None:
    with opened(written((USUAL, "\n")).replace(b"~\n", b"~\n\f")) as source:
        assert len([*claims_of(source)]) == 2


FIRST_LINE = "LX*1~\nSV1*HC:97530:GP*100*UN*2***1~"


@pytest.mark.parametrize("line_end", ["\n", " \n"])
@pytest.mark.parametrize(
    ("first", "read"),
    [
        (FIRST_LINE, [(1, "97530"), (2, "97140"), (3, "97110")]),
        (FIRST_LINE.replace("LX*1~\n", ""), [(None, "97530"), (2, "97140"), (3, "97110")]),
        (FIRST_LINE.replace("LX*1", "LX"), [(None, "97530"), (2, "97140"), (3, "97110")]),
        (FIRST_LINE.replace("~\n", ""), [(2, "97140"), (3, "97110")]),
        (FIRST_LINE.replace("SV1*", "SV1X*"), [(2, "97140"), (3, "97110")]),
    ],
    ids=["whole", "no LX", "bare LX", "LX and SV1 run together", "another id"],
)
def test_a_broken_first_line_costs_no_other(first: str, read: list[object], line_end: str) -> None:
    notation = "97530:GP x2 ; 97140:GP x1 ; 97110:GP x1"
    text = build(notation).edi.decode("latin-1")
    assert FIRST_LINE in text
    with opened(text.replace(FIRST_LINE, first).replace("\n", line_end).encode("latin-1")) as source:
        for claim in claims_of(source):
            assert [(line.number, line.procedure.code) for line in claim.lines] == read
            assert len(claim.services) == len(read)


def test_qualifiers_of_a_line_are_read_whole() -> None:
    text = build("97530:GP x2").edi.replace(b"REF*6R*C1L1", b"REF*6RX*C1L9~REF*6R *C1L1~LQ*UT")
    with opened(text.replace(b"DTP*472*", b"DTP*4720*D8*20000101~DTP*472 *")) as source:
        ((line,),) = [claim.lines for claim in claims_of(source)]
        assert (line.control, line.dates.first_text) == ("C1L1", "2026-11-03")


@pytest.mark.parametrize("size", [1, 7, 64, 333])
def test_reading_in_small_pieces_changes_nothing(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    edi = (
        b"junk" + written((USUAL, "\r\n")) + b"\n\n" + written((Separators("|", ">", "\n"), ""), "000000002")
    )
    edi += b"loose~" + written((USUAL, "")).replace(b"HI*ABK", b"~HX*ABK").replace(b"AVERY", b"AV\xc9RY")
    with opened(edi) as source:
        expected = marks(read_outline(source)), [said(claim, ":") for claim in claims_of(source)]
        assert len(expected[1]) == 6
        monkeypatch.setattr(outline_module, "CHUNK", size)
        monkeypatch.setattr(segments_module, "CHUNK", size)
        assert (marks(read_outline(source)), [said(claim, ":") for claim in claims_of(source)]) == expected


ISA = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261109*0915*^*00501*000000001*0"
    "*P*:"
)


@pytest.mark.parametrize(
    ("text", "separators"),
    [
        (ISA + "~GS*", USUAL),
        (ISA + "  ~\r\nGS*", USUAL),
        (ISA + "\r\nGS*", Separators("*", ":", "\r", "^")),
        (ISA.replace("          ", "") + "~GS*", USUAL),  # blanks squeezed out
        (ISA.replace("*0*P*", "*P*") + "~GS*", Separators("*", ":", "~")),  # an element too few
        (ISA.replace("*0*P*", "*0*P**") + "~GS*", Separators("*", ":", "~")),  # an element too many
        (ISA.replace("*0*P*", "*P*") + "\nGS*", Separators("*", ":", "\n")),
        (
            ISA.replace("*ZZ*SENDER         ", "*ZZ*CLAIMGS").replace("*0*P*", "*P*") + "~GS*",
            Separators("*", ":", "~"),
        ),
        (ISA.replace("*^*", "*U*") + "~GS*", Separators("*", ":", "~")),
    ],
)
def test_separators_are_read_by_splitting(text: str, separators: Separators) -> None:
    head = read_isa(text, 0)
    assert head is not None
    assert head.separators == separators
    assert text[head.length - 1] == separators.segment


@pytest.mark.parametrize(
    "text", ["ISA*00*  ", "ISA" + "*" * 40, "ISAAC*", "ISA*" + "x" * 2000, ISA, ISA + "A", ISA + "*"]
)
def test_what_names_no_separators_is_not_guessed(text: str) -> None:
    assert read_isa(text, 0) is None
