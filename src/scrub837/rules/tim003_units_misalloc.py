"""TIM003."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.claims.timing import RULE_NAMES, count
from scrub837.findings import Finding, Severity
from scrub837.rules._minutes import TimedDay, timed_days
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._series import note_unclear


class UnitsMisallocated(Rule):
    """Timed units are billed on a code whose minutes did not earn them.

    What it checks
        Under the 8-minute rule, when the units of the day are not too many: whether they are on the right
        codes. Each code has its full quarters of an hour first; units that are left go to the largest
        remainders, and of equal remainders to any.
    Why it matters
        The codes are paid differently, and a unit on the wrong one is not supported by the note.
    What to do
        Move the unit to the code that earned it.
    About the fix
        None: which service was given is for the therapist and biller to say.
    Sources
        CMS Claims Processing Manual 100-04 chapter 5 section 20.2, with its examples (24 and 23 minutes,
        20 and 20, 33 and 7, 18 with 13, 10 and 8, three times 7).
    """

    code = "TIM003"
    name = "units-misalloc"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x1 @24 ; 97112:GP x2 @23", title="97110 has the larger remainder, 9 against 8"),
        Bad("97110:GP x3 @33 ; -97140 @7"),
        Bad(
            "97110:GP x3 @30 ; 97140:GP x0 @23",
            title="Not too many in all, but 30 minutes are not three units",
        ),
        Good("97110:GP x2 @24 ; 97112:GP x1 @23"),
        Good("97140:GP x1 @7 ; -97110 @7 ; -97112 @7", title="Of three equal remainders any may be billed"),
        Good("97110:GP x1 @20 ; 97140:GP x2 @20"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if subject.profile.timed_units == "cms":
            note_unclear(self, subject, context)
        for day in timed_days(subject, context):
            if len(day.supports) == 1 and day.supports[0].pooled and not day.right and day.misplaced[0]:
                yield self._of_day(day)

    def _of_day(self, day: TimedDay) -> Finding:
        support = day.supports[0]
        line = day.worst_line(support)
        right = " or ".join(support.legal_words())
        return self.finding(
            line.locate("SV104"),
            f"{count(support.total, 'timed minute')} support {count(support.units, 'unit')} under "
            f"{RULE_NAMES['cms']} ({support.band(support.units)}): {right}; billed: {day.billed_words()}.",
            why="Full quarters of an hour come first, then the largest remainders."
            + "".join(f" {code} has {minutes} minutes." for code, minutes in day.minutes.items())
            + day.set_aside_words(),
            action=f"Bill {right}; or complete the log if minutes are missing in it.",
            severity=Severity.DENY if support.excess(day.billed) else Severity.INFO,
            related=[other.locate("SV104") for other in day.lines if other is not line],
            facts=day.facts(support),
        )
