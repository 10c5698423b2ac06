"""ENV024."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import transaction_start
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.tasks import TransactionRead


class NoClaims(Rule):
    """A transaction holds no claim.

    What it checks
        That there is at least one CLM segment between ST and SE.
    Why it matters
        The claims that were meant to be in it are not sent. Receivers refuse an empty 837P, or accept it and
        nobody notices that nothing was billed.
    What to do
        Find out which claims should have been in the batch, and write it again.
    About the fix
        Never.
    Sources
        X12 837P 005010X222A1, loop 2300 (claim information).
    """

    code = "ENV024"
    name = "no-claims"
    severity = Severity.REJECT
    scope = Scope.TRANSACTION
    examples = (
        Bad("97110:GP x1", edits=(("CLM*C1", "K3*C1"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: TransactionRead, context: Context) -> Iterable[Finding]:
        if subject.body.claim_count or subject.task.transaction.cut:
            return ()
        return (
            self.finding(
                transaction_start(subject),
                f"Transaction {subject.task.envelope.transaction or 'without ST02'} holds no claim.",
                why="An 837P carries at least one claim (CLM); nothing was billed with this one.",
                action="Find out which claims should be in it, and write the batch again.",
                facts={"segments": subject.body.segments},
            ),
        )
