"""ENV007."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import place
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.engine import Outcome

_SECOND = (
    "ISA*00*          *00*          *ZZ*EXAMPLESENDER  *ZZ*EXAMPLERECEIVER*261109*0915*^*00501*000000002*0"
    "*P*:~IEA*0*000000002~"
)


class SeveralInterchanges(Rule):
    """The file holds more than one interchange.

    What it checks
        How many ISA the file holds. All of them are read and counted, each with its own separators.
    Why it matters
        Some payers take one interchange a file and answer TA1 022 otherwise, and some programs stop at the
        first IEA. It is often a sign that two batches were appended by accident.
    What to do
        Nothing if the receiver takes several; else send one file per interchange.
    About the fix
        Never: the file is valid X12.
    Sources
        X12.5 interchange control structures; payers' companion guides; TA1 note code 022 (invalid control
        structure).
    """

    code = "ENV007"
    name = "several-interchanges"
    severity = Severity.INFO
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1", edits=(("IEA*1*000000001~\n", f"IEA*1*000000001~{_SECOND}"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        interchanges = subject.outline.interchanges
        if len(interchanges) < 2 or not subject.tasks:
            return ()
        numbers = [interchange.isa.at(13) for interchange in interchanges]
        shown = ", ".join(numbers[:10]) + (" and more" if len(numbers) > 10 else "")
        return (
            self.finding(
                place(interchanges[1], interchanges[1].isa),
                f"The file holds {len(numbers)} interchanges (ISA13 {shown}); all are read and counted.",
                why="Some receivers take only one interchange a file.",
                action="Ask the receiver, or send one file per interchange.",
                facts={"interchanges": len(numbers), "ISA13": numbers[:100]},
            ),
        )
