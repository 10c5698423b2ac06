"""REF001."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._pairs import bills, joined, marked
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value


class NotCovered(Rule):
    """No loaded edition of the NCCI edits reaches the date of service.

    What it checks
        Whether CMS's table of edits is loaded up to the date of service, for every encounter with two codes
        or more, or with 59 or an X modifier.
    Why it matters
        Pairs added since are not known, so codes that look free may be denied, and pairs that are reported
        may have ended. Silence here would look like a pass.
    What to do
        Load the edition of the quarter with ``scrub837 reference load``; ``reference list`` shows what is
        there.
    About the fix
        None: nothing is wrong with the claim.
    Sources
        CMS NCCI PTP edits are published by quarter and apply by date of service (NCCI Policy Manual,
        introduction).
    """

    code = "REF001"
    name = "ref-not-covered"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("dos=2031-02-03 | 97140:GP x1 ; 97110:GP x1"),
        Good("97140:GP x1 ; 97110:GP x1"),
        Good("dos=2031-02-03 | 97110:GP x1", title="one code alone forms no pair"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        day, program = subject.day, subject.profile.program
        if context.reference.covers("ptp", day, program):
            return ()
        return self._found(subject, context, day, program)

    def _found(self, subject: Encounter, context: Context, day: date, program: str) -> Iterable[Finding]:
        lines = [line for line in subject.lines if bills(line)]
        codes = list(dict.fromkeys(line.procedure.code for line in lines))
        if len(codes) < 2 and not any(map(marked, lines)):
            return
        editions = [one for one in context.reference.editions_of("ptp") if one.program == program]
        editions = editions or list(context.reference.editions_of("ptp"))
        ends = [one.effective_to for one in editions if one.effective_to is not None]
        known = f"the edits loaded end on {max(ends)}" if ends else f"no NCCI edits are loaded for {program}"
        context.not_checked(self, known, lines=len(lines))
        first = lines[0]
        at = next(
            (n for n in range(first.at, first.end) if _is_service_date(first.claim.block.segments[n])), None
        )
        yield self.finding(
            first.locate("DTP03", at) if at is not None else first.locate("SV1"),
            f"Whether {joined(codes)} may be billed together on {day} cannot be told.",
            why=f"NCCI edits apply by date of service, and {known}.",
            action="Load the edition of that quarter with scrub837 reference load, and check again.",
            related=[line.locate("SV101") for line in lines[1:]],
            facts={
                "day": day,
                "program": program,
                "codes": codes,
                "editions": [one.edition for one in editions],
                "last_day": max(ends) if ends else None,
            },
        )


def _is_service_date(segment: list[str]) -> bool:
    return segment[0] == "DTP" and value(segment, 1) == "472"
