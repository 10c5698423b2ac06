"""DOC001."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.documentation import Mismatch
from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._clock import at_start, row_facts, rows_words
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class SidecarMismatch(Rule):
    """A row of the treatment-time log names a line and says another code or day than the line.

    What it checks
        The code and the day of each row against the line that its claim_id and line_ref name. The days of
        an RD8 range all fit.
    Why it matters
        The row is no evidence for the line and is left out of all checks of it; either the log or the claim
        is wrong.
    What to do
        Look up the note. Correct the row, or the line before it is sent.
    About the fix
        None: a code or a date is never changed by a program.
    Sources
        Treatment-time log format of this program (docs/time-log.md); general billing practice.
    """

    code = "DOC001"
    name = "sidecar-mismatch"
    severity = Severity.RISK
    scope = Scope.CLAIM
    needs_log = True
    examples = (
        Bad("97140:GP x1 @15 logcode=97124"),
        Bad("97140:GP x1 @15", edits=(("DTP*472*D8*20261103", "DTP*472*D8*20261104"),), title="Another day"),
        Good("97140:GP x1 @15"),
        Good("97110:GP x3 @15 to=2026-11-05", title="A day of the line's range"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        if not context.documentation.given:
            return ()
        found = context.documentation.mismatches(subject)
        return self._found(found) if found else ()

    def _found(self, found: tuple[Mismatch, ...]) -> Iterator[Finding]:
        for line, row in ((mismatch.line, mismatch.interval) for mismatch in found):
            code = line.procedure.code
            billed = line.dates.first_text or line.dates.raw
            if row.code != code:
                place, said = "SV101-2", f"{row.code} for a line that bills {code}"
            else:
                place, said = "DTP03", f"{code} on {row.day} for a line of {billed}"
            yield self.finding(
                line.locate(place),
                f"{at_start(rows_words([row]))} documents {said}.",
                why="The row is no evidence for the line and is left out of all checks of it.",
                action="Look up the note; correct the row, or the line before it is sent.",
                facts={
                    "code": code,
                    "logged_code": row.code,
                    "billed_day": billed,
                    "logged_day": row.day,
                    "rows": row_facts([row]),
                },
            )
