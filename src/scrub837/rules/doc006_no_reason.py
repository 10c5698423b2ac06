"""DOC006."""

from __future__ import annotations

from collections.abc import Iterator

from scrub837.claims.documentation import Interval
from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._logged import separated, weight
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class NoReason(Rule):
    """A pair is separated by 59 or an X modifier, and the log gives no reason why they were distinct.

    What it checks
        Pairs in force whose lines carry 59, XE, XP, XS or XU and that the log knows: whether a row of either
        says why the services were distinct. Information only, unless the profile wants strict documentation.
    Why it matters
        The clinician's own words for the separate goal, area or time are what an appeal is won with.
    What to do
        Add the reason to the log, as the note has it.
    About the fix
        None: a reason is never written by a program.
    Sources
        CMS MLN1783722 (documentation must support that the services were separate and distinct).
    """

    code = "DOC006"
    name = "doc-no-reason"
    severity = Severity.INFO
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1 0915-0930 [shoulder R]"),
        Good("97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1 0915-0930 [shoulder R] reason=separate_goal"),
        Good("97140:GP x1 0900-0915 ; 97110:GP x1 0915-0930", title="No pair"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterator[Finding]:
        for second, first, _ in separated(self, subject, context, _without):
            yield self.finding(
                second.locate("SV101"),
                f"The log gives no reason why {second.procedure.code} was distinct from "
                f"{first.procedure.code}.",
                why="The clinician's own words for the separate goal, area or time support the modifier.",
                action="Add the reason to the log, as the note has it.",
                severity=weight(subject),
                related=[first.locate("SV101")],
                facts={"codes": [first.procedure.code, second.procedure.code]},
            )


def _without(rows: list[list[Interval]]) -> list[bool]:
    nobody = not any(interval.reason for own in rows for interval in own)
    return [nobody for _ in rows]
