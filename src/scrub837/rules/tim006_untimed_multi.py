"""TIM006."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.tables import timed_code
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_ONE = Decimal(1)
_ONCE_A_DAY = frozenset(  # their limit of one was seen in a table of CMS (Medicaid, 2026 Q1)
    (
        *("97010", "97012", "97014", "97016", "97018", "97022", "97024", "97026", "97028", "97037", "97150"),
        *("97552", "98940", "98941", "98942", "98943", "92507", "92526", "92610", "20560", "20561"),
        *("G0281", "G0283", "G0329"),
    )
)
_BY_EXTENT = frozenset(("95851", "95852", "97598", "97799"))  # per limb, per area, or without a definition


class UntimedMulti(Rule):
    """A code that is billed once a day, whatever the time, has more than one unit.

    What it checks
        SV104 of untimed codes: evaluations, supervised modalities, group therapy, manipulation and others. A
        line over several days may have a unit for each. Codes counted by limb or area are left out.
    Why it matters
        Two units of an untimed code are one service billed twice: the line is denied, for Medicare the whole.
    What to do
        Bill one unit. Where the time was spent on a timed service, that code must be billed instead.
    About the fix
        None: whether another service was meant is for a person to say.
    Sources
        CMS Claims Processing Manual 100-04 chapter 5 section 20.2 (untimed codes: one unit a day); CMS
        table of medically unlikely edits. Codes outside that table: general billing practice, as a risk.
    """

    code = "TIM006"
    name = "untimed-multi"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("97012:GP x2"),
        Bad("97161:GP x3"),
        Bad("92612:GN x2"),
        Bad("G0283:GP x3 to=2026-11-04", title="Two days, three units"),
        Good("97012:GP x1"),
        Good("G0283:GP x2 to=2026-11-04", title="One unit a day"),
        Good("97110:GP x2"),
        Good("95851:GP x2", title="Counted by limb"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        if subject.service.units_text != "1" and _once(subject.procedure.code):
            return self._found(subject)
        return ()

    def _found(self, line: Line) -> Iterator[Finding]:
        code, units, days = line.procedure.code, line.units or _ONE, max(1, line.dates.days)
        if units <= days:
            return
        yield self.finding(
            line.locate("SV104"),
            f"{code} is billed once a day whatever the time; {units.normalize():f} units are billed"
            + (f" for {days} days." if days > 1 else "."),
            why="Further units of an untimed code are denied.",
            action="Bill one unit a day, or the timed code if a timed service was given.",
            severity=None if code in _ONCE_A_DAY or _kind(code) == "evaluation" else Severity.RISK,
            facts={"code": code, "units": units, "days": days},
        )


def _kind(code: str) -> str:
    timed = timed_code(code)
    return timed.kind if timed else ""


@lru_cache(maxsize=4096)
def _once(code: str) -> bool:
    return code not in _BY_EXTENT and _kind(code) in ("untimed", "evaluation")
