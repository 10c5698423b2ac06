"""TIM007."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.tables import timed_code
from scrub837.rules._minutes import NO_LOG, NOT_OF_THIS_CLAIM
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

OTHER_ROW = "the row of the line is of another code or day"


class NoMinutes(Rule):
    """A timed line has no documented minutes, though the claim is in the treatment-time log.

    What it checks
        Lines whose units follow from minutes, on claims the log knows: whether the log tells minutes for
        them. Further units may be documented with their first code. Claims the log does not know at all,
        and batches without a log, are not judged; the report says how many lines that leaves unchecked.
    Why it matters
        Units without minutes cannot be shown to be right when the payer asks for the note, and the other
        lines of the day cannot be judged either: the minutes of all timed codes are counted together.
    What to do
        Complete the log: minutes, or start and stop, for the line.
    About the fix
        None: minutes are never guessed from units.
    Sources
        CMS Benefit Policy Manual 100-02 chapter 15 section 220.3.E (total timed minutes are documented); CMS
        Claims Processing Manual 100-04 chapter 5 section 20.2.
    """

    code = "TIM007"
    name = "no-minutes"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x1 @15 ; 97140:GP x1", title="The log knows the claim, but not its second line"),
        Good("97110:GP x1 @15 ; 97140:GP x1 @15"),
        Good("97110:GP x1 ; 97140:GP x1", title="Without a log nothing is said of minutes"),
        Good("97110:GP x1 @15 ; 97012:GP x1", title="Untimed codes need none"),
        Good("97129:GN x1 @40 ; 97130:GN x1", title="The minutes of further units are with the first"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        lines = [line for line in subject.lines if _by_time(line)]
        if not lines:
            return ()
        if not context.documentation.given:
            context.not_checked(self, NO_LOG, len(lines))
            return ()
        return self._found(lines, context)

    def _found(self, lines: list[Line], context: Context) -> Iterator[Finding]:
        documentation = context.documentation
        told = {}
        for line in lines:
            record = documentation.record(line)
            told[id(line)] = record is not None and record.minutes is not None
        firsts = {line.procedure.code for line in lines if told[id(line)]}
        for line in lines:
            code = line.procedure.code
            timed = timed_code(code)
            if told[id(line)] or (timed is not None and timed.base in firsts):
                continue
            if not documentation.has_any([line]):
                context.not_checked(self, NOT_OF_THIS_CLAIM)
                continue
            if any(row.line is line for row in documentation.mismatches(line.claim)):
                context.not_checked(self, OTHER_ROW)
                continue
            yield self.finding(
                line.locate("SV1"),
                f"The treatment-time log documents no minutes for {code}, which is billed by time.",
                why="Without minutes its units cannot be shown to be right, nor those of the other lines.",
                action="Complete the log with the minutes of this line.",
                facts={"code": code, "units": line.units},
            )


def _by_time(line: Line) -> bool:
    timed = timed_code(line.procedure.code)
    if timed is None or line.claim.frequency == "8":
        return False
    return timed.kind in ("first", "addon") or timed.kind.startswith("timed")
