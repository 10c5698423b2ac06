"""DUP001."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.claims.values import REPLACING
from scrub837.findings import Finding, Severity
from scrub837.reference.tables import timed_class
from scrub837.rules._copies import Service, copied_claims, first_common_day, service_of
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value

_REPEATS = frozenset(("76", "77", "91"))  # say that the service was repeated
_COUNTED_IN_MINUTES = frozenset(("timed15", "timed30", "timed60", "first", "addon"))


class DuplicateLine(Rule):
    """The same service is billed on two lines of one day.

    What it checks
        Lines of one patient, day and provider with the same code, modifiers and place, on one claim or on
        two. Not a duplicate: lines of which one has 76, 77, 91, 59, an X modifier, a side or CQ and the
        other has not; lines over different numbers of days; a claim that replaces or voids another. Two
        claims that bill the same throughout are duplicate-claim.
    Why it matters
        Payers deny the second line as a duplicate (CO-18) without looking at it.
    What to do
        For a timed code put the units on one line. For a second session of the day, 76 or 59 on the second
        line says so, if the record shows it. A line entered twice is taken off by a person.
    About the fix
        None: a line is never taken off, and whether there was a second session does not stand in the claim.
    Sources
        CMS Claims Processing Manual 100-04 chapter 1 section 120 (exact and suspect duplicates); Palmetto
        page on repeat services.
    """

    code = "DUP001"
    name = "duplicate-line"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x2 ; 97110:GP x2"),
        Bad("97110:GP:59 x1 ; 97110:59:GP x1", title="the order of modifiers makes no difference"),
        Good("97110:GP x2 ; 97110:GP:76 x2"),
        Good("97110:GP x1 ; 97110:GP:CQ x1", title="a part by the therapist, a part by the assistant"),
        Good("20610:LT x1 ; 20610:RT x1"),
        Good("97110:GP x1 ; 97110:GP x1 dos=2026-11-04", title="two days"),
        Good("97110:GP x1 || freq=7 f8=PAYER1 | 97110:GP x1 ; 97140:GP x1", title="a replacement"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        lines = subject.lines
        if len(lines) < 2 or len({line.procedure.code for line in lines}) == len(lines):
            return ()
        return self._repeated(subject)

    def _repeated(self, subject: Encounter) -> Iterator[Finding]:
        first_of = {other.index: one.index for one, other in copied_claims(subject)}
        seen: dict[Service, list[Line]] = {}
        for line in subject.lines:
            service = service_of(line)
            if _REPEATS & service[1] or line.units == 0:
                continue
            earlier = seen.setdefault(service, [])
            twin = next((other for other in earlier if _comparable(other, line, first_of)), None)
            earlier.append(line)
            if twin is not None and subject.day == first_common_day([twin, line]):
                yield self._finding(subject, twin, line)

    def _finding(self, subject: Encounter, twin: Line, line: Line) -> Finding:
        code = line.procedure.code
        timed = timed_class(code) in _COUNTED_IN_MINUTES
        equal = (line.units, line.charge) == (twin.units, twin.charge)
        if line.rendering != twin.rendering or _drug(line) != _drug(twin):
            severity = Severity.INFO
        else:
            severity = Severity.DENY if equal and not timed else Severity.RISK
        where = f"line {twin.number}" if twin.number else "another line"
        where += "" if line.claim.index == twin.claim.index else f" of claim {twin.claim.id}"
        written = ":".join((code, *line.procedure.modifiers))
        return self.finding(
            line.locate("SV101"),
            f"{written} of {subject.day} is billed on {where} already.",
            why="Payers deny the second of two lines that say the same as a duplicate (CO-18).",
            action="Put the units on one line, or show a second session with 76 or 59 if the record has one."
            if timed
            else "If it was done again, say so with 76, 77 or a side; if it was entered twice, take one off.",
            severity=severity,
            related=(twin.locate("SV101"),),
            facts={
                "code": code,
                "modifiers": line.procedure.modifiers,
                "day": subject.day,
                "units": (twin.units, line.units),
                "charges": (twin.charge, line.charge),
            },
        )


def _comparable(one: Line, other: Line, first_of: dict[int, int]) -> bool:
    """Whether two lines of the same service are a duplicate, and one that no other finding tells of."""
    first, second = one.claim, other.claim
    if first.index == second.index:
        return True
    if first.frequency in REPLACING or second.frequency in REPLACING:
        return False
    return first_of.get(first.index, first.index) != first_of.get(second.index, second.index)


def _drug(line: Line) -> str:
    """LIN03: two drugs under one code are no duplicate."""
    return next((value(segment, 3) for segment in line.segments if segment[0] == "LIN"), "")
