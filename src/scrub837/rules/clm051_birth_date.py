"""CLM051."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from scrub837.claims.model import Claim
from scrub837.claims.values import read_day
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._service_days import first_day


class BirthDate(Rule):
    """The patient's birth date is missing, impossible, or after the service.

    What it checks
        DMG02 of the patient: of the subscriber (2010BA), or of the dependent (2010CA). It is there, a day of
        the calendar, and not after the first service or today.
    Why it matters
        Payers find the patient by id and birth date, and return the claim when they do not agree.
    What to do
        Correct the birth date in the practice system.
    About the fix
        None: the date is not shown in the report, and never changed.
    Sources
        X12 837P 005010X222A1, loops 2010BA and 2010CA DMG02.
    """

    code = "CLM051"
    name = "birth-date"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "birth"
    examples = (
        Bad("97110:GP x1", edits=(("DMG*D8*19500315*F~\n", ""),)),
        Bad("97110:GP x1", edits=(("DMG*D8*19500315", "DMG*D8*19500230"),)),
        Bad(
            "97110:GP x1", edits=(("DMG*D8*19500315", "DMG*D8*20261104"),), title="the day after the service"
        ),
        Good("97110:GP x1", edits=(("DMG*D8*19500315", "DMG*D8*20261103"),), title="the day of the service"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        if "" < subject.insured.born <= subject.days.start:
            return ()
        return self._found(subject, read_day(subject.birth_date), first_day(subject) or context.today)

    def _found(self, claim: Claim, born: date | None, day: date) -> Iterable[Finding]:
        if born is not None and born <= day:
            return
        level, loop = (claim.patient, "2010CA") if claim.patient else (claim.subscriber, "2010BA")
        if level is None:
            return
        segments = level.block.segments
        at = next((n for n, segment in enumerate(segments) if segment[0] == "DMG"), None)
        if at is None:
            name = next(
                (n for n, segment in enumerate(segments) if segment[:2] in (["NM1", "IL"], ["NM1", "QC"])), 0
            )
            if segments[name][2:3] == ["2"]:  # an organisation is insured: the patient is named elsewhere
                return
            place = claim.locate_in(level.block, name, "NM1", loop=loop)
        else:
            place = claim.locate_in(level.block, at, "DMG02", loop=loop)
        if born is not None:
            message, fault = "The patient's birth date is after the service.", "after-service"
        elif claim.birth_date:
            message, fault = "The patient's birth date is not a day of the calendar.", "unreadable"
        else:
            message, fault = "The patient's birth date is missing.", "missing"
        yield self.finding(
            place,
            message,
            why="Payers find the patient by id and birth date.",
            action="Correct the birth date in the practice system.",
            facts={"fault": fault},
        )
