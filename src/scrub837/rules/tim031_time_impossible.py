"""TIM031."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class ImpossibleTime(Rule):
    """A line note gives a time of day that no clock shows.

    What it checks
        Start and stop times in NTE*ADD, NTE*DCP and NTE*TPO of loop 2400 and in SV101-7, for payers whose
        profile reads line notes. In a treatment-time log such a time makes the row invalid, which another
        rule tells.
    Why it matters
        The note goes to the payer. A time such as 14:61 documents nothing, and the interval is left out of
        all checks.
    What to do
        Look up the time and correct the note.
    About the fix
        None: times are never guessed.
    Sources
        General billing practice; X12 837P 005010X222A1, loop 2400 NTE and SV101-7 (free text).
    """

    code = "TIM031"
    name = "time-impossible"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad(
            "with=line-notes | 97110:GP x1",
            edits=(("REF*6R*C1L1~", "REF*6R*C1L1~\nNTE*ADD*START 1445 STOP 1461~"),),
        ),
        Good(
            "with=line-notes | 97110:GP x1",
            edits=(("REF*6R*C1L1~", "REF*6R*C1L1~\nNTE*ADD*START 1445 STOP 1500~"),),
        ),
        Good(
            "97110:GP x1",
            edits=(("REF*6R*C1L1~", "REF*6R*C1L1~\nNTE*ADD*START 1445 STOP 1461~"),),
            title="A profile that does not read notes",
        ),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        return self._found(subject, context) if subject.profile.line_notes else ()

    def _found(self, encounter: Encounter, context: Context) -> Iterator[Finding]:
        for line in encounter.lines:
            for time in context.documentation.impossible_times(line):
                yield self.finding(
                    line.locate("NTE" if any(s[0] == "NTE" for s in line.segments) else "SV101-7"),
                    f"The note of {line.procedure.code} gives the time {time}, which no clock shows.",
                    why="It documents nothing, and the interval is left out of all checks.",
                    action="Look up the time and correct the note.",
                    facts={"code": line.procedure.code, "time": time},
                )
