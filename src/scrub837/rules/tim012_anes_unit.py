"""TIM012."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_BY = frozenset(("AA", "AD", "G8", "G9", "QK", "QS", "QX", "QY", "QZ"))
_EITHER_UNIT = frozenset(("01996", "01953"))  # daily management, and burns by area: not by the minute


class AnesthesiaUnit(Rule):
    """Anesthesia time is not given in minutes, or another service is.

    What it checks
        SV103 of anesthesia codes (00100-01999) with an anesthesia modifier: the unit must be MJ, minutes,
        and SV104 the minutes themselves. On other services the unit must not be MJ. 01996 and 01953 may
        have either.
    Why it matters
        The payer turns minutes into time units; eight units read as eight minutes pay a fraction, and a
        clearing house rejects minutes on other services.
    What to do
        Give anesthesia in minutes (SV103 MJ, SV104 minutes), all else in units (SV103 UN).
    About the fix
        None: the minutes are not in the file.
    Sources
        X12 request for interpretation 1110 (anesthesia minutes); Stedi's claim edit on the unit MJ; CMS
        Claims Processing Manual 100-04 chapter 12 section 50 (time units are worked out by the
        contractor).
    """

    code = "TIM012"
    name = "anes-unit"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("provider=MD place=24 | 00670:AA x8"),
        Bad("97110:GP x15 unit=MJ", title="Minutes on a service that is billed in units"),
        Bad("provider=MD place=24 | 00670 x120 unit=MJ", title="Minutes, but no anesthesia modifier"),
        Good("provider=MD place=24 | 00670:AA x120 unit=MJ"),
        Good("provider=MD place=24 | 01996:AA x1", title="Daily management is not by the minute"),
        Good("97110:GP x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        code = subject.procedure.code
        anesthesia = len(code) == 5 and code.isdecimal() and "00100" <= code <= "01999"
        if not anesthesia and subject.unit != "MJ":
            return ()
        if code in _EITHER_UNIT:
            return ()
        by_modifier = not _BY.isdisjoint(subject.procedure.modifiers)
        facts = {"code": code, "unit": subject.unit, "units": subject.units}
        if anesthesia and by_modifier and subject.unit != "MJ":
            return (
                self.finding(
                    subject.locate("SV103"),
                    f"{code} is billed in units ({subject.service.units_text}); anesthesia is by the minute.",
                    why="The payer turns minutes into time units itself.",
                    action="Give SV103 MJ and in SV104 the minutes from start to end of anesthesia.",
                    facts=facts,
                ),
            )
        if anesthesia and not by_modifier and subject.unit == "MJ":
            return (
                self.finding(
                    subject.locate("SV101"),
                    f"{code} is billed in minutes without a modifier that tells who gave the anesthesia.",
                    why="Minutes are accepted on anesthesia with AA, AD, G8, G9, QK, QS, QX, QY or QZ.",
                    action="Add the modifier that tells who gave and who directed the anesthesia.",
                    facts=facts,
                ),
            )
        if not anesthesia:
            return (
                self.finding(
                    subject.locate("SV103"),
                    f"{code} is billed in minutes (MJ); only anesthesia is.",
                    why="Clearinghouses reject minutes on other services.",
                    action="Give SV103 UN and in SV104 the units.",
                    severity=Severity.REJECT,
                    facts=facts,
                ),
            )
        return ()
