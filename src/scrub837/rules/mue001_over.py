"""MUE001."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.records import UnitLimit, quarter_of
from scrub837.rules._copies import first_common_day
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_ADVICE = {  # by CMS's adjudication indicator
    "1": (
        "The limit counts each line by itself; the whole line is denied.",
        "If the units were given, extra ones may go on another line with a modifier that is true.",
    ),
    "2": (
        "The limit is one of policy for the whole day: nothing above it is ever paid.",
        "Check the units against the record; above the limit there is no appeal.",
    ),
    "3": (
        "The limit counts the whole day; everything of the code is denied and can be appealed.",
        "Check the units against the record; if they were given, be ready to appeal with it.",
    ),
}


class UnitsOverLimit(Rule):
    """More units are billed than the payer allows for the code.

    What it checks
        Units of a code against the medically unlikely edit of its quarter. By the edit's indicator each
        line counts by itself (1, and Medicaid) or all lines of the patient, day and provider together (2
        and 3), whatever claims they are on. A line over several days counts with its units by day. Lines
        with modifier 55 and voided claims are left out of the sum, and a replacement is summed by itself.
    Why it matters
        Units above the limit are denied, as a rule with the whole line.
    What to do
        Compare the units with the record. Where they were given, the indicator says what can be done.
    About the fix
        None: units say what was done.
    Sources
        CMS medically unlikely edits, practitioner table of the quarter; NCCI Policy Manual chapter I
        section V; First Coast and Palmetto pages on adjudication indicators.
    """

    code = "MUE001"
    name = "mue-over"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    examples = (
        Bad("payer=MC dos=2026-03-10 | 97012:GP x2"),
        Good("payer=MC dos=2026-03-10 | 97012:GP x1"),
        Good("payer=MC dos=2026-03-10 | 97140:GP x4 ; 97140:GP:59 x3", title="the limit of 6 is by line"),
        Good("payer=MC dos=2026-03-10 | 97110:GP x9 to=2026-03-12", title="three a day"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterator[Finding]:
        program, day = subject.profile.program, subject.day
        lines = [line for line in subject.lines if line.claim.frequency != "8" and line.unit != "MJ"]
        if not context.reference.covers("mue", day, program):
            reason = f"no unit limits of {program.capitalize()} for {quarter_of(day)} are loaded"
            self._unknown(subject, lines, reason, context)
            return
        groups: dict[tuple[str, bool], list[Line]] = {}
        for line in lines:
            groups.setdefault((line.procedure.code, line.claim.frequency == "7"), []).append(line)
        for (code, _), group in groups.items():
            limit = context.reference.unit_limit(code, day, program)
            if limit is not None:
                yield from self._over(subject, group, limit)
            elif context.reference.starter:
                self._unknown(subject, group, "the built-in unit limits do not hold the code", context)

    def _unknown(self, subject: Encounter, lines: list[Line], reason: str, context: Context) -> None:
        begun = sum(line.dates.first == subject.day for line in lines)
        if begun:
            context.not_checked(self, reason, lines=begun)

    def _over(self, subject: Encounter, lines: list[Line], limit: UnitLimit) -> Iterable[Finding]:
        if limit.indicator in ("2", "3"):
            counted = [line for line in lines if "55" not in line.procedure.modifiers]
            return self._finding(subject, counted, limit)
        return [finding for line in lines for finding in self._finding(subject, [line], limit)]

    def _finding(self, subject: Encounter, lines: list[Line], limit: UnitLimit) -> Iterable[Finding]:
        billed = sum((_a_day(line) for line in lines), Decimal(0))
        if billed <= limit.units or subject.day != first_common_day(lines):
            return ()
        by_line = limit.indicator not in ("2", "3")
        why, action = _ADVICE[limit.indicator or "1"]
        where = "on one line" if by_line else f"on {len(lines)} lines" if len(lines) > 1 else ""
        last = lines[-1]
        return (
            self.finding(
                last.locate("SV104"),
                f"{limit.code} is billed with {_plain(billed)} units {where} on {subject.day}".replace(
                    "  ", " "
                )
                + f"; the limit is {limit.units}.",
                why=why,
                action=action,
                related=[line.locate("SV104") for line in lines[:-1]],
                facts={
                    "code": limit.code,
                    "day": subject.day,
                    "billed": billed,
                    "limit": limit.units,
                    "indicator": limit.indicator,
                    "edition": limit.edition,
                    "lines": tuple(line.number for line in lines),
                },
            ),
        )


def _a_day(line: Line) -> Decimal:
    return (line.units or Decimal(0)) / max(line.dates.days, 1)


def _plain(units: Decimal) -> str:
    return f"{units:.2f}".rstrip("0").rstrip(".")
