"""DOC009."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_NOTE = (("REF*6R*C1L1~", "REF*6R*C1L1~\nNTE*ADD*START 0900 STOP 0925~"),)
_TWICE = (("REF*6R*C1L1~", "REF*6R*C1L1~\nNTE*ADD*START 0900 STOP 0915 MIN 30~"),)


class NoteConflict(Rule):
    """The note of a line tells other minutes than the treatment-time log, or contradicts itself.

    What it checks
        For payers whose profile reads line notes: the minutes in NTE*ADD, NTE*DCP, NTE*TPO and SV101-7
        against the log's, and the minutes a note states against its own clock times. One minute of
        difference is taken for rounding. The log is what counts for all other checks.
    Why it matters
        The note goes to the payer with the claim. Two records of one treatment that contradict each other
        support neither.
    What to do
        Look up the record; correct the note or the log.
    About the fix
        None: which of the two is right only the record tells.
    Sources
        General billing practice; X12 837P 005010X222A1, loop 2400 NTE.
    """

    code = "DOC009"
    name = "note-conflict"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("with=line-notes | 97110:GP x1 @15", edits=_NOTE),
        Bad("with=line-notes | 97110:GP x1", edits=_TWICE, title="The note contradicts itself"),
        Good("with=line-notes | 97110:GP x2 @25", edits=_NOTE),
        Good("with=line-notes | 97110:GP x2", edits=_NOTE, title="No log"),
        Good("97110:GP x1 @15", edits=_NOTE, title="A profile that does not read notes"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        return self._found(subject, context) if subject.profile.line_notes else ()

    def _found(self, encounter: Encounter, context: Context) -> Iterator[Finding]:
        for line in encounter.lines:
            conflict = context.documentation.note_conflict(line)
            if conflict is None:
                continue
            told = {
                "the log": conflict.log,
                "the clock of the note": conflict.clock,
                "the note": conflict.stated,
            }
            known = {words: minutes for words, minutes in told.items() if minutes is not None}
            if max(known.values()) - min(known.values()) <= 1:
                continue
            said = ", ".join(f"{words} {minutes}" for words, minutes in known.items())
            yield self.finding(
                line.locate("NTE" if any(s[0] == "NTE" for s in line.segments) else "SV101-7"),
                f"The minutes of {line.procedure.code} differ: {said}.",
                why="Two records of one treatment that contradict each other support neither.",
                action="Look up the record; correct the note or the log.",
                facts={
                    "code": line.procedure.code,
                    "log": conflict.log,
                    "note_clock": conflict.clock,
                    "note_stated": conflict.stated,
                },
            )
