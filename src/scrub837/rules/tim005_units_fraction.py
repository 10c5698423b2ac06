"""TIM005."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.tables import always_therapy, timed_code
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class UnitsFraction(Rule):
    """A timed or therapy code is billed with a fraction of a unit.

    What it checks
        SV104 of codes that are billed by whole units: 15-minute codes, their first and further units, therapy
        and evaluation codes. ``1.0`` is a whole unit.
    Why it matters
        Such codes have no half units; payers reject or deny the line, or round it as they like.
    What to do
        Bill the whole units that the minutes support.
    About the fix
        None: which way to round depends on the minutes of the whole day.
    Sources
        CMS Claims Processing Manual 100-04 chapter 5 section 20.2 (units are whole); X12 837P 005010X222A1,
        loop 2400 SV104.
    """

    code = "TIM005"
    name = "units-fraction"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("97110:GP x1.5 $75"),
        Bad("97161:GP x0.5"),
        Good("97110:GP x2"),
        Good("97110:GP x1.0 $50"),
        Good("J1100 x1.5", title="Drugs may be billed in fractions"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        units, code = subject.units, subject.procedure.code
        if units is None or units == units.to_integral_value() or subject.unit != "UN":
            return ()
        if timed_code(code) is None and not always_therapy(code):
            return ()
        return (
            self.finding(
                subject.locate("SV104"),
                f"{code} is billed with {subject.service.units_text} units; it has whole units only.",
                why="Payers reject or deny a fraction of such a unit.",
                action="Bill the whole units that the documented minutes support.",
                facts={"code": code, "units": units},
            ),
        )
