"""The transactions of a response file, whatever stands around them: an envelope, half of one, or none.

The outline of the 837P reader finds what stands inside an ISA. What stands outside of any is looked through
for segments all the same; separators are then told from the first segments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scrub837.claims.values import read_day
from scrub837.responses.answers import InterchangeAnswer, Place, Source
from scrub837.responses.walk import Notes, walk
from scrub837.rules._foreign import identify
from scrub837.x12.kinds import guide_of
from scrub837.x12.outline import Interchange, Mark, Outline, Stray, Transaction, read_outline
from scrub837.x12.separators import Separators
from scrub837.x12.source import Source as Bytes

CLAIM = "837"
TOLD = "unknown"
_BY_SET = {"999": "999", "997": "997", "835": "835", "837": CLAIM}
_BY_GUIDE = {"X214": "277CA", "X212": "277", "X364": "277 X364", "X070": "277CA", "X093": "277"}
_FIRST_TAGS = {"AK1": "999", "AK2": "999", "BPR": "835", "CLP": "835", "STC": "277CA", "CLM": CLAIM}
_HEAD = re.compile(
    r"[\s\x00\x1a]*(?:\xef\xbb\xbf)?[\s\x00\x1a]*(?:GS|ST|TA1|AK1|BPR|BHT|CLP)([^A-Za-z0-9\s])"
)
_LOOK = 4096  # characters in which separators are looked for


@dataclass(frozen=True, slots=True)
class Section:
    """A transaction of a response file, to be read by the reader of its kind."""

    source: Source
    separators: Separators
    span: tuple[int, int]
    where: tuple[int, str | None]  # number of the file, ST02
    cut: bool
    isa: Sequence[str] = ()  # as sent, for the guide; empty without an envelope
    gs: Sequence[str] = ()


def read_sections(
    source: Bytes, file: int, notes: Notes
) -> tuple[Outline, list[InterchangeAnswer | Section]]:
    """What is in a file, in its order: TA1 and transactions. What is wrong around them is noted."""
    outline = read_outline(source)
    found: list[InterchangeAnswer | Section] = []
    for interchange in outline.interchanges:
        found += _of_interchange(interchange, file, notes)
    for stray in outline.stray:
        if stray.kind not in ("bom", "lead", "blank"):
            found += _of_stray(source, stray, outline, file, notes)
    if outline.cut:
        notes.add("cut", "the file ends before the end of its interchange", _end(outline, file))
    return outline, sorted(found, key=_start)


def _start(item: InterchangeAnswer | Section) -> int:
    return item.place.start if isinstance(item, InterchangeAnswer) else item.span[0]


def _end(outline: Outline, file: int) -> Place:
    return Place(file, None, None, outline.bytes, outline.bytes)


def _of_interchange(
    interchange: Interchange, file: int, notes: Notes
) -> Iterator[InterchangeAnswer | Section]:
    isa = interchange.isa
    control, written = isa.at(13), _short_day(isa.at(9))
    for ta1 in interchange.ta1:
        yield _interchange_answer(ta1, Source("TA1", isa.at(12), control, "", written), file, notes)
    for group in interchange.groups:
        gs = group.gs
        created = (read_day(gs.at(4)) if gs else None) or written
        if gs and read_day(gs.at(4)) is None:
            notes.add("unreadable-value", "GS04 is not a date", _place(gs, file, 4))
        for transaction in group.transactions:
            st = transaction.st
            version = (gs.at(8) if gs else "") or (st.at(3) if st else "")
            kind = kind_by(st.at(1) if st else "", gs.at(8) if gs else "", st.at(3) if st else "")
            origin = Source(kind, version, control, gs.at(6) if gs else "", created)
            where = (file, st.at(2) if st else None)
            _check_trailer(transaction, where, notes)
            yield Section(
                origin, interchange.separators, (transaction.start, transaction.end), where, transaction.cut,
                isa.segment, gs.segment if gs else (),
            )  # fmt: skip
        if group.ge and gs:
            _check(group.ge, 2, gs.at(6), "GE02", "GS06", file, notes)
            _check_count(group.ge, len(group.transactions), "GE01", "transactions", file, notes)
        elif not group.ge:
            notes.add("trailer-missing", "a group has no GE", _place(gs or isa, file))
    if interchange.iea:
        _check(interchange.iea, 2, control, "IEA02", "ISA13", file, notes)
        _check_count(interchange.iea, len(interchange.groups), "IEA01", "groups", file, notes)


def kind_by(st01: str, gs08: str, st03: str) -> str:
    """The kind of a transaction: one that is read here, else its ST01."""
    for version in (gs08, st03):
        kind = _BY_GUIDE.get(guide_of(version)) if st01 in ("277", "") else None
        if kind:
            return kind
    if st01 == "277":
        return "277CA"
    return _BY_SET.get(st01, st01 or TOLD)


def _interchange_answer(mark: Mark, origin: Source, file: int, notes: Notes) -> InterchangeAnswer:
    place = _place(mark, file)
    verdict = mark.at(4).upper()
    if verdict not in ("A", "E", "R"):
        notes.add("unknown-verdict", "TA104 is none of A, E and R", _place(mark, file, 4))
    if not mark.at(5):
        notes.add("value-missing", "TA105 is missing", place)
    return InterchangeAnswer(origin, place, mark.at(1), verdict, mark.at(5))


def _check_trailer(transaction: Transaction, where: tuple[int, str | None], notes: Notes) -> None:
    st, se = transaction.st, transaction.se
    if se is None:
        if not transaction.cut and st is not None:
            place = Place(where[0], where[1], 1, st.start, st.end)
            notes.add("trailer-missing", "a transaction has no SE", place)
    elif st is None:
        notes.add("trailer-missing", "an SE ends a transaction that has no ST", _place(se, where[0]))
    elif not _same(se.at(2), st.at(2)):
        notes.add("control-mismatch", "SE02 is not ST02", _place(se, where[0], 2))


def _same(one: str, other: str) -> bool:
    return one == other or (one.lstrip("0") == other.lstrip("0") and len(one) == len(other))


def _check(mark: Mark, element: int, expected: str, name: str, of: str, file: int, notes: Notes) -> None:
    if mark.at(element).lstrip("0") != expected.lstrip("0"):
        notes.add("control-mismatch", f"{name} is not {of}", _place(mark, file, element))


def _check_count(mark: Mark, counted: int, name: str, what: str, file: int, notes: Notes) -> None:
    declared = mark.at(1)
    if not (declared.isascii() and declared.isdecimal() and int(declared[:9] or 0) == counted):
        notes.add(
            "count-wrong", f"{name} does not tell the number of {what}, {counted}", _place(mark, file, 1)
        )


def _place(mark: Mark, file: int, element: int | None = None) -> Place:
    start, end = (mark.start, mark.end) if element is None else mark.span(element)
    return Place(file, None, None, start, end)


def _short_day(text: str) -> date | None:
    """ISA09: YYMMDD; of a longer one CCYYMMDD."""
    return read_day(("20" if len(text) == 6 else "") + text)


# --- what stands in no interchange -------------------------------------------------------------------


def _no_response(outline: Outline, stray: Stray) -> str:
    """What bytes are of which nothing could be read; a whole file is told by its first characters."""
    if outline.interchanges:
        return f"{stray.end - stray.start} bytes are no response that can be read"
    return f"the file is no response but {identify(outline.head, outline.bytes, blank=False).label}"


def _of_stray(
    source: Bytes, stray: Stray, outline: Outline, file: int, notes: Notes
) -> list[InterchangeAnswer | Section]:
    place = Place(file, None, None, stray.start, stray.end)
    text = source.read_at(stray.start, min(_LOOK, stray.end - stray.start)).decode("latin-1")
    separators = _told_by(text)
    if stray.kind == "loose":
        around = [one for one in outline.interchanges if one.isa.start <= stray.start]
        separators = around[-1].separators if around else separators
    found = list(_bare(source, stray, separators, file, notes)) if separators else []
    if not found:
        notes.add("stray", _no_response(outline, stray), place)
    elif stray.kind == "loose":
        notes.add("no-transaction", "segments stand outside of any transaction; they are read", place)
    else:
        notes.add("no-envelope", "transactions stand in no interchange (no ISA); they are read", place)
    return found


def _told_by(text: str) -> Separators | None:
    """Separators told from the first segments; ``None`` where they are no X12."""
    head = _HEAD.match(text)
    if head is None:
        return None
    element = head[1]
    escaped = re.escape(element)
    tags = "GS|ST|TA1|AK[129]|BPR|BHT|HL|BGN|TRN|CLP|NM1"
    ends = re.search(rf"([^\w\s{escaped}]|[\r\n])[\s]*(?:{tags}){escaped}", text[head.end() :])
    if ends is None:
        return None
    inside = re.search(rf"(?:SVC{escaped}(?:HC|AD|ER|NU|N4|ZZ)|STC{escaped}[A-Z]\d)([^\w\s{escaped}])", text)
    return Separators(element, inside[1] if inside else ":", ends[1])


def _bare(
    source: Bytes, stray: Stray, separators: Separators, file: int, notes: Notes
) -> Iterator[InterchangeAnswer | Section]:
    """Transactions between ST and SE in bytes that no outline covers, or what is there without an ST."""
    origin = Source(TOLD, "", "", "", None)
    opened: Section | None = None
    last = 0
    for segment in walk(source, (stray.start, stray.end), separators, (file, None)):
        end = segment.place().end
        if opened is not None and segment.tag in ("ST", "GS", "GE", "IEA", "TA1"):
            yield replace(opened, span=(opened.span[0], segment.start))
            opened = None
        if segment.tag == "GS":
            origin = Source(TOLD, segment.at(8), "", segment.at(6), read_day(segment.at(4)))
        elif segment.tag == "TA1":
            element = separators.element
            mark = Mark(element.join(segment.elements), element, segment.start, end)
            yield _interchange_answer(mark, replace_kind(origin, "TA1"), file, notes)
        elif segment.tag == "ST":
            kind = kind_by(segment.at(1), origin.version, segment.at(3))
            source_ = Source(kind, origin.version or segment.at(3), "", origin.group, origin.created)
            opened = Section(source_, separators, (segment.start, end), (file, segment.at(2)), cut=False)
        elif segment.tag == "SE" and opened is not None:
            yield replace(opened, span=(opened.span[0], end))
            opened = None
        elif opened is None and (kind := _FIRST_TAGS.get(segment.tag, "")):
            opened = Section(
                replace_kind(origin, kind), separators, (segment.start, end), (file, None), cut=False
            )
        last = end
    if opened is not None:
        yield replace(opened, span=(opened.span[0], last))


def replace_kind(origin: Source, kind: str) -> Source:
    """The same envelope around another kind of transaction."""
    return Source(kind, origin.version, origin.interchange, origin.group, origin.created)
