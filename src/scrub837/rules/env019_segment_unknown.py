"""ENV019."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from scrub837.claims.oddities import Oddity
from scrub837.findings import Edit, Finding, Fix, Safety, Severity
from scrub837.rules._envelope import capped, spot, transaction_start
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.separators import WHITESPACE

if TYPE_CHECKING:
    from scrub837.tasks import TransactionRead


class SegmentUnknown(Rule):
    """A segment has an id that no 837P knows, or is blank.

    What it checks
        The id of each segment against those of the guide, and segments with nothing in them: two terminators
        in a row.
    Why it matters
        Receivers refuse the transaction. Some readers stop at a blank segment and lose every claim after it,
        silently. An unknown id is often a known segment that was damaged, or text that holds a terminator.
    What to do
        Look at the place: is a terminator typed into a name or a note, is a letter missing? The claim is
        checked here without what the segment should have said.
    About the fix
        Safe for blank segments, which are taken out. Never for an unknown id.
    Sources
        X12 837P 005010X222A1, segment list; 999 IK304 code 1 (unrecognized segment id).
    """

    code = "ENV019"
    name = "segment-unknown"
    severity = Severity.REJECT
    scope = Scope.TRANSACTION
    fix = "sometimes"
    examples = (
        Bad("97110:GP x1", title="an unknown id", edits=(("HI*ABK", "HX*ABK"),)),
        Bad("97110:GP x1", title="a terminator in a name", edits=(("DANA QUILL", "DANA ~QUILL"),)),
        Bad(
            "97110:GP x1",
            title="a blank segment",
            edits=(("HI*ABK:M542~\n", "HI*ABK:M542~~\n"),),
            fixed="HI*ABK:M542~\n",
        ),
        Good("97110:GP x1"),
        Good("97110:GP x1", title="a blank line is none", edits=(("HI*ABK:M542~\n", "HI*ABK:M542~\n\n"),)),
    )

    def check(self, subject: TransactionRead, context: Context) -> Iterable[Finding]:
        counts = subject.body.oddities.counts
        if counts["unknown"] or counts["blank"]:
            start = transaction_start(subject)
            yield from capped(self, self._unknown(subject), counts["unknown"], start, what="unknown segments")
            yield from capped(self, self._blank(subject), counts["blank"], start, what="blank segments")

    def _unknown(self, read: TransactionRead) -> Iterator[Finding]:
        for oddity in read.body.oddities.kept:
            if oddity.kind != "unknown":
                continue
            tag = oddity.block.segments[oddity.at][0]
            shown = tag if len(tag) <= 4 else tag[:3] + "..."  # what follows may be anybody's name
            shown = shown if re.fullmatch(r"[ -~]*", shown) else "of other characters"
            yield self.finding(
                spot(read, oddity.block, oddity.at, claim_index=oddity.claim_index),
                f"Segment id {shown} is not part of an 837P." if shown else "A segment begins without an id.",
                why="Receivers refuse a segment they do not know; what it should have said is not read.",
                action="Look whether a known segment is damaged, or a terminator stands in a name or note.",
                facts={"id": shown, "length": len(tag)},
            )

    def _blank(self, read: TransactionRead) -> Iterator[Finding]:
        for oddity in read.body.oddities.kept:
            if oddity.kind == "blank":
                yield self._blank_segment(read, oddity)

    def _blank_segment(self, read: TransactionRead, oddity: Oddity) -> Finding:
        block, at = oddity.block, oddity.at
        raw = block.raw[at] + block.cut
        end = block.offset(at) + len(block.raw[at]) - _lead(block.raw[at]) + len(block.cut)
        start = end - len(raw)
        where = msgspec.structs.replace(
            spot(read, block, at, claim_index=oddity.claim_index), start=start, end=end
        )
        whole = end <= block.start + block.length
        return self.finding(
            where,
            "A blank segment stands here: two segment terminators with nothing between them.",
            why="Some readers stop at it and lose every claim that follows; others refuse the file.",
            action="Let the corrected file leave it out.",
            facts={"before_segment": where.segment},
            fix=Fix(safety=Safety.SAFE, before=raw, after="", edits=(Edit(start, end, raw, ""),))
            if whole
            else None,
        )


def _lead(piece: str) -> int:
    return len(piece) - len(piece.lstrip(WHITESPACE))
