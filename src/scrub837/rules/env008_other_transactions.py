"""ENV008."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import place, plural
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.kinds import kind_of

if TYPE_CHECKING:
    from scrub837.engine import Outcome


class OtherTransactions(Rule):
    """Besides 837P claims the file holds transactions that are not checked here.

    What it checks
        Transactions of another type or version in a file that also holds 837P.
    Why it matters
        What is not checked may still be refused, and a report that keeps silent about it would look like a
        pass.
    What to do
        Check them by other means, or take them out of the file.
    About the fix
        Never.
    Sources
        Implementation guide identifiers in ST01, GS08 and ST03.
    """

    code = "ENV008"
    name = "other-transactions"
    severity = Severity.RISK
    scope = Scope.FILE
    examples = (
        Bad(
            "97110:GP x1",
            edits=(
                ("IEA*1*", "GS*HP*A*B*20261109*0915*2*X*005010X221A1~ST*835*0001~SE*2*0001~GE*1*2~IEA*2*"),
            ),
        ),
        Good("97110:GP x1"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        if not subject.tasks or not subject.others:
            return ()
        kinds = Counter(kind_of(task.group, task.transaction).label for task in subject.others)
        holds = ", ".join(f"{count} x {kind}" for kind, count in kinds.items())
        task = subject.others[0]
        total = len(subject.others)
        return (
            self.finding(
                place(task.interchange, task.transaction.st, group=task.group, transaction=task.transaction),
                f"Not checked: {plural(total, 'transaction')} beside the 837P claims, {holds}.",
                why="Only 837P professional claims of version 5010 are read.",
                action="Check them by other means, or take them out of the file.",
                facts={"kinds": dict(kinds), "transactions": total},
            ),
        )
