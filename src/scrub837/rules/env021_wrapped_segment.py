"""ENV021."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import capped, spot, transaction_start
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.tasks import TransactionRead


class WrappedSegment(Rule):
    """A line end stands inside a segment: the file was wrapped, or a text was typed with one.

    What it checks
        Line ends before the segment terminator. The segment is read as if they were not there.
    Why it matters
        Mainframe transfers break lines every 80 characters, in the middle of codes. Receivers that do not
        undo it see broken codes and refuse the file.
    What to do
        Transfer the file again in binary mode or without record length; or take the line end out of the note.
    About the fix
        Never: a line end that was typed may have stood for a blank.
    Sources
        X12 837P 005010X222A1, appendix B.1.1.2 (line ends are no part of the character set of data elements).
    """

    code = "ENV021"
    name = "wrapped-segment"
    severity = Severity.REJECT
    scope = Scope.TRANSACTION
    examples = (
        Bad("97110:GP x1", edits=(("SV1*HC:97110", "SV1*HC:9\r\n7110"),)),
        Good("97110:GP x1", edits=(("~\n", "~\r\n"),)),
    )

    def check(self, subject: TransactionRead, context: Context) -> Iterable[Finding]:
        count = subject.body.oddities.counts["wrapped"]
        if count:
            start = transaction_start(subject)
            yield from capped(self, self._found(subject), count, start, what="wrapped segments")

    def _found(self, read: TransactionRead) -> Iterator[Finding]:
        for oddity in read.body.oddities.kept:
            if oddity.kind == "wrapped":
                tag = oddity.block.segments[oddity.at][0]
                yield self.finding(
                    spot(read, oddity.block, oddity.at, claim_index=oddity.claim_index),
                    f"A line end stands inside this {tag} segment; it was read as if it were not there.",
                    why="Receivers do not undo it and see broken values.",
                    action="Transfer the file again without wrapping, or take the line end out of the text.",
                    facts={"segment": tag},
                )
