"""CLM003."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._amounts import tidy_units, units_fault
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope, replace
from scrub837.x12.segments import value

_SAYS = {
    "missing": ("has no units", "Enter the units that were done."),
    "unreadable": ("is billed with units that are not a number", "Enter the units as a plain number."),
    "negative": (
        "is billed with negative units",
        "Enter what was done; take units back with a claim of frequency 7.",
    ),
    "zero": ("is billed with zero units", "Enter the units that were done, or take the line out."),
    "long": ("is billed with more than eight digits or three decimals", "Enter the units again."),
    "untidy": ("is billed with zeros around the units", "Write the corrected file."),
}
_SEVERITIES = {"zero": Severity.DENY, "untidy": Severity.INFO}


class LineUnits(Rule):
    """The units of a line are missing, not a number, negative, zero, or written with needless zeros.

    What it checks
        SV104 of each line as it is written: a positive number of at most eight digits and three decimals,
        without sign, exponent or zeros that say nothing. Fractions of units are another rule's.
    Why it matters
        Payers return lines without a usable quantity. Some practice systems send a line of zero units for a
        service that was planned and not done. ``1.0`` is the same as ``1``, but not to every payer's system.
    What to do
        Enter what was done. A line for which nothing was done is taken out in the practice system.
    About the fix
        Safe for needless zeros: ``1.0`` and ``01`` become ``1``. Otherwise none: units say what was done.
        Lines another payer has decided on or repriced are left as they are.
    Sources
        X12 837P 005010X222A1, loop 2400 SV104 (data element 380); help pages of therapy billing systems on
        lines of zero units.
    """

    code = "CLM003"
    name = "clm-units"
    severity = Severity.REJECT
    scope = Scope.SERVICE
    fix = "sometimes"
    examples = (
        Bad("97110:GP x1.0", fixed="*UN*1*"),
        Bad("97110:GP x02", fixed="*UN*2*"),
        Bad("97110:GP x0 $50"),
        Bad("97110:GP x-1 $50"),
        Bad("97110:GP x1 $50", edits=(("*UN*1*", "*UN*1E0*"),)),
        Bad("97110:GP x1 $50", edits=(("*UN*1*", "*UN**"),)),
        Bad("97110:GP x1.2345 $50"),
        Good("97110:GP x1"),
        Good("97110:GP x10"),
        Good("97110:GP x0.5 $50"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        units = subject.service.units_text
        fault = units_fault(units)
        return (self._says(subject, units, fault),) if fault else ()

    def _says(self, line: Line, units: str, fault: str) -> Finding:
        place = line.locate("SV104")
        says, action = _SAYS[fault]
        code = line.procedure.code
        tidy = tidy_units(units) if fault == "untidy" else ""
        safe = tidy and not (line.adjudicated or line.repriced)
        sent = line.sv1[4] if len(line.sv1) > 4 else ""
        return self.finding(
            place,
            f"{code} {says}{f': {units}' if units else ''}{f' is {tidy}' if tidy else ''}.",
            why="The number is the same, but some payers' systems do not read it."
            if tidy
            else "Payers return or deny a line without a usable quantity.",
            action=action,
            severity=_SEVERITIES.get(fault),
            facts={"code": code, "units": value(line.sv1, 4), "fault": fault, "tidy": tidy or None},
            fix=replace(place, sent, tidy) if safe else None,
        )
