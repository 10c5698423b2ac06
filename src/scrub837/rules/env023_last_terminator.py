"""ENV023."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import place
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.engine import Outcome


class LastTerminator(Rule):
    """The last segment of the file is complete but has no terminator.

    What it checks
        Whether the IEA that ends the file is followed by the segment terminator.
    Why it matters
        Some receivers wait for the terminator and take the file for one that is still being written.
    What to do
        Write or transfer the file again if the receiver refuses it.
    About the fix
        Never: the last byte of a file shows whether it was written to its end.
    Sources
        X12.5 interchange control structures: every segment ends with the segment terminator.
    """

    code = "ENV023"
    name = "last-terminator"
    severity = Severity.RISK
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1", edits=(("000000001~\n", "000000001"),)),
        Good("97110:GP x1", edits=(("000000001~\n", "000000001~"),)),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        outline = subject.outline
        if not subject.tasks or not outline.unterminated or outline.cut:
            return ()
        last = outline.interchanges[-1]
        return (
            self.finding(
                place(last, last.iea),
                "The last segment of the file, IEA, has no segment terminator.",
                why="Some receivers wait for it and take the file for incomplete.",
                action="Write or transfer the file again if the receiver refuses it.",
                facts={"IEA02": last.isa.at(13)},
            ),
        )
