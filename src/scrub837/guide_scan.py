"""Has the implementation guide judged by pyx12, and puts what it says in its place in the file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from scrub837.claims.read import Body
from scrub837.findings import Location
from scrub837.found import FindingRecord, record
from scrub837.rules._rule import Context, Rule
from scrub837.tasks import Task, body_of
from scrub837.x12.guide import GuideError, Judgement, Note, judge, judge_envelope
from scrub837.x12.outline import Interchange, Mark
from scrub837.x12.segments import Block, Segment, value
from scrub837.x12.source import Source


@dataclass(frozen=True, slots=True)
class GuideHit:
    """An error of pyx12 and where it is."""

    error: GuideError
    location: Location


@dataclass(frozen=True, slots=True)
class GuideRead:
    """What pyx12 said of one transaction or envelope; the subject of guide rules."""

    hits: tuple[GuideHit, ...]
    notes: tuple[Note, ...]
    complete: bool
    start: Location  # of the ST or ISA
    lines: int  # service lines that are not judged when it is not complete


@dataclass(slots=True)
class _Track:
    """Where the blocks of a transaction are, to find a segment again by its ordinal."""

    ordinals: list[int] = field(default_factory=list)
    places: list[tuple[int, int, int]] = field(default_factory=list)  # start, length, claim index or 0
    claims: int = 0
    lines: int = 0


def judge_transaction(source: Source, task: Task, context: Context, rules: list[Rule]) -> list[FindingRecord]:
    """Findings of the guide rules on one transaction."""
    body, track = body_of(source, task, context), _Track()
    interchange, group = task.interchange, task.group
    component = interchange.separators.component
    gs = group.gs.segment if group.gs else []
    judgement = judge(interchange.isa.segment, gs, _segments(body, task, track), component=component)
    places = _Places(source, task, context, track)
    hits = tuple(GuideHit(error, places.locate(error)) for error in judgement.errors)
    if task.transaction.cut:  # what the last claim lacks is not missing but cut off
        hits = tuple(hit for hit in hits if (hit.location.claim_index or 0) < track.claims)
    subject = GuideRead(hits, judgement.notes, judgement.complete, places.head(), track.lines)
    return _ask(rules, subject, context)


_SEPARATORS = (11, 16)  # of ISA: a control character is as good as any, see ENV012


def judge_interchange(interchange: Interchange, context: Context, rules: list[Rule]) -> list[FindingRecord]:
    """Findings of the guide rules on the envelope of one interchange."""
    marks = [interchange.isa, *interchange.ta1]
    for group in interchange.groups:
        marks += [mark for mark in (group.gs,) if mark]
        for transaction in group.transactions:
            marks += [mark for mark in (transaction.st, transaction.se) if mark]
        marks += [mark for mark in (group.ge,) if mark]
    if interchange.iea:
        marks.append(interchange.iea)
    judgement: Judgement = judge_envelope(
        [mark.segment for mark in marks], component=interchange.separators.component
    )
    control = interchange.isa.at(13)
    hits = [
        GuideHit(error, _mark_location(marks[error.ordinal - 1], error, interchange, control))
        for error in judgement.errors
        if error.ordinal
        and error.level == "element"  # counts and control numbers are ENV rules
        and not (error.segment_id == "ISA" and error.element in _SEPARATORS)
    ]
    start = Location(interchange=control, start=interchange.isa.start, end=interchange.isa.end)
    return _ask(rules, GuideRead(tuple(hits), judgement.notes, True, start, 0), context)


def _ask(rules: list[Rule], subject: GuideRead, context: Context) -> list[FindingRecord]:
    return [
        record(context.settings.weighed(found)) for rule in rules for found in rule.check(subject, context)
    ]


def _segments(body: Body, task: Task, track: _Track) -> Iterator[Segment]:
    track.claims = task.transaction.claims_before
    for block in body.blocks():
        claim = block.pieces[0].startswith("CLM" + body.separators.element)
        track.claims += claim
        track.ordinals.append(block.ordinal)
        track.places.append((block.start, block.length, track.claims if claim else 0))
        track.lines += sum(1 for piece in block.pieces if piece[:3] == "SV1")
        yield from block.segments


def _mark_location(mark: Mark, error: GuideError, interchange: Interchange, control: str) -> Location:
    text = interchange.separators.element.join(mark.segment)
    block = Block(text, interchange.separators.segment, mark.start, 1, interchange.separators, [text], [text])
    start, end = block.span(0, error.element, error.component)
    element = _designator(error)
    return Location(interchange=control, element=element, start=start, end=end)


def _designator(error: GuideError) -> str:
    tag = error.segment_id
    element = f"{tag}{error.element:02d}" if error.element else tag
    return f"{element}-{error.component}" if error.component else element


class _Places:
    """Finds the bytes, claim and line of an error in a transaction that has been read."""

    def __init__(self, source: Source, task: Task, context: Context, track: _Track) -> None:
        self._source = source
        self._task = task
        self._context = context
        self._track = track
        self._read: tuple[int, Block] | None = None

    def head(self) -> Location:
        """The transaction as a whole."""
        st = self._task.transaction.st
        return self._location(
            segment=1 if st else None, start=st.start if st else None, end=st.end if st else None
        )

    def locate(self, error: GuideError) -> Location:
        """The place of an error; what is missing is placed at the segment at which it was missed."""
        if error.ordinal is None or not self._track.ordinals:
            return self.head()
        number = max(0, bisect_right(self._track.ordinals, error.ordinal) - 1)
        block = self._block(number)
        at = self._index(block, error.ordinal)
        same = block.segments[at][0] == error.segment_id
        start, end = block.span(at, error.element if same else None, error.component if same else None)
        claim_index = self._track.places[number][2]
        claim = value(block.segments[0], 1) if claim_index else None
        line, control = _line_at(block, at) if claim_index else (None, None)
        return self._location(
            claim=claim,
            claim_index=claim_index or None,
            line=line,
            line_control=control,
            loop=error.loop,
            segment=error.ordinal,
            element=_designator(error),
            start=start,
            end=end,
        )

    def _location(self, **where: object) -> Location:
        envelope = self._task.envelope
        return Location(
            interchange=envelope.interchange,
            group=envelope.group,
            transaction=envelope.transaction,
            **where,  # type: ignore[arg-type] # the fields of Location
        )

    def _block(self, number: int) -> Block:
        if self._read is None or self._read[0] != number:
            start, length, _ = self._track.places[number]
            text = self._source.read_at(start, length).decode("latin-1")
            body = body_of(self._source, self._task, self._context)
            self._read = number, body.block(text, start, self._track.ordinals[number])
        return self._read[1]

    @staticmethod
    def _index(block: Block, ordinal: int) -> int:
        seen = block.ordinal - 1
        for index, piece in enumerate(block.pieces):
            seen += bool(piece)
            if seen == ordinal:
                return index
        return len(block.pieces) - 1


def _line_at(block: Block, at: int) -> tuple[int | None, str | None]:
    """LX01 and REF*6R of the line that segment ``at`` belongs to."""
    segments = block.segments
    first = next((n for n in range(at, 0, -1) if segments[n][0] == "LX"), None)
    if first is None:
        return None, None
    number = value(segments[first], 1)
    control = None
    for segment in segments[first + 1 :]:
        if segment[0] == "LX":
            break
        if segment[0] == "REF" and value(segment, 1) == "6R":
            control = value(segment, 2) or None
    return (int(number) if number.isdecimal() and len(number) < 7 else None), control
