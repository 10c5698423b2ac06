"""ENV014."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import place, read_interchanges
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.engine import Outcome


class AcknowledgmentInside(Rule):
    """An interchange of claims carries a TA1, the answer to another interchange.

    What it checks
        TA1 segments in interchanges that hold 837P transactions.
    Why it matters
        It is allowed, but senders of claims hardly ever mean it, and it does not belong to the claims.
    What to do
        Nothing, if the practice system is known to answer this way; else ask where the TA1 comes from.
    About the fix
        Never: the file is valid X12.
    Sources
        X12.5 interchange acknowledgment segment TA1, between ISA and the first GS.
    """

    code = "ENV014"
    name = "acknowledgment-inside"
    severity = Severity.INFO
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1", edits=(("GS*HC", "TA1*000000077*261108*1200*A*000~GS*HC"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        for interchange in read_interchanges(subject):
            for ta1 in interchange.ta1:
                yield self.finding(
                    place(interchange, ta1),
                    f"A TA1 answers interchange {ta1.at(1) or 'without number'} inside a file of claims.",
                    why="It is no part of the claims and was not read here.",
                    action="Nothing, if that is meant; keep it with the answers of the payer.",
                    facts={"TA101": ta1.at(1), "TA104": ta1.at(4), "TA105": ta1.at(5)},
                )
