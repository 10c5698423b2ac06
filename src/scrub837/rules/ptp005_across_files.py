"""PTP005."""

from __future__ import annotations

from collections.abc import Iterator

from scrub837.claims.earlier import EarlierLine, SentDay
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.records import Pair
from scrub837.rules._earlier import files_words, line_facts, line_words
from scrub837.rules._pairs import Answer, answer_of, bills, joined, rows_words
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_Match = tuple[EarlierLine, Pair]
_UNANSWERED = (Answer.OPEN, Answer.TOO_EARLY, Answer.NEVER)


class PairAcrossFiles(Rule):
    """A line is paired by NCCI with one that an earlier file billed for the same day.

    What it checks
        Lines of this file against the lines in the ledger that were sent for the same patient, day and
        rendering provider and still stand. Which pairs count and what answers them is told on
        ptp-unbypassed and ptp-never. Left out are claims that were replaced or voided, and those that a
        claim of this file sends again, replaces or voids. Where the earlier line is column 2, it may have
        been paid already: that is a risk. Without a ledger, and for files marked as tests, nothing is
        compared.
    Why it matters
        Payers compare a claim with their history: the column 2 service is denied (CO-236), or paid first and
        then taken back. Splitting a visit over two claims changes nothing.
    What to do
        Read the note of both. If it shows another area or other time, this line says so with 59 or an X
        modifier where the payer takes it there; else the earlier claim is replaced (frequency 7) with all
        lines of the visit. If it does not, take the column 2 service off.
    About the fix
        None: both claims must be looked at by a person.
    Sources
        CMS NCCI practitioner PTP edits; NCCI Policy Manual chapter I (services of one day and provider,
        whatever claims they are on).
    """

    code = "PTP005"
    name = "ptp-across-files"
    severity = Severity.DENY
    scope = Scope.EARLIER
    examples = (
        Bad("id=A | 97140:GP x1 ==> id=B | 97530:GP x1"),
        Bad("id=A | 97530:GP x1 ==> id=B | 97140:GP x1", title="column 2 was sent first"),
        Good("id=A | 97140:GP x1 ==> id=B | 97530:GP:59 x1"),
        Good("id=A | 97140:GP:59 x1 ==> id=B | 97530:GP x1", title="Medicare takes it on column 1"),
        Good("id=A | 97140:GP x1 ==> id=A freq=7 f8=PAYER1 | 97530:GP x1", title="the claim is replaced"),
        Good("id=A | 97140:GP x1 ==> id=A freq=8 f8=PAYER1 | 97140:GP x1 ==> id=B | 97530:GP x1"),
        Good("id=A | 97140:GP x1 ==> id=B dos=2026-11-04 | 97530:GP x1", title="another day"),
        Good("id=A | 97140:GP x1 ==> id=B provider=P3 | 97530:GP x1", title="another provider"),
        Good("id=A | 97140:GP x1 ==> id=B patient=B | 97530:GP x1", title="another patient"),
    )

    def check(self, subject: SentDay, context: Context) -> Iterator[Finding]:
        for line in subject.encounter.lines:
            if bills(line):
                yield from self._of(line, subject, context)

    def _of(self, line: Line, subject: SentDay, context: Context) -> Iterator[Finding]:
        """One finding for the pairs in which this line is column 2, one for those in which it is column 1."""
        encounter = subject.encounter
        sides: tuple[list[_Match], list[_Match]] = ([], [])
        profile, day = encounter.profile, encounter.day
        for sent in subject.joining:
            row = context.reference.active_pair(
                line.procedure.code, sent.procedure.code, day, profile.program
            )
            if row is None or day != max(line.dates.first or sent.first, sent.first) or sent.units == 0:
                continue
            second = row.column1 == sent.procedure.code
            column1, column2 = (sent, line) if second else (line, sent)
            if answer_of(column1, column2, row, day, profile) in _UNANSWERED:
                sides[second].append((sent, row))
        for second in (False, True):
            if sides[second]:
                yield self._found(line, sides[second], second, subject, context)

    def _found(
        self,
        line: Line,
        found: list[_Match],
        second: bool,  # this line is column 2
        subject: SentDay,
        context: Context,
    ) -> Finding:
        code, day = line.procedure.code, subject.encounter.day
        lines, rows = [sent for sent, _ in found], [row for _, row in found]
        others = joined(dict.fromkeys(sent.procedure.code for sent in lines))
        bundled = f"{code} is bundled into {others}" if second else f"{others} is bundled into {code}"
        never = all(row.indicator == "0" for row in rows)
        where = f"{line_words(lines)} ({files_words(lines)})"
        return self.finding(
            line.locate("SV101"),
            f"{bundled} on {day}: {others} is on {where}.",
            why=f"{rows_words(rows, day, line.claim.profile.program, context)}; payers know earlier claims.",
            action="No modifier separates them: take the column 2 service off, or replace the earlier claim."
            if never
            else "If the record shows that they were separate, say so with 59 or X, on the earlier claim by "
            "a replacement (frequency 7); if not, take the column 2 service off.",
            severity=Severity.DENY if second else Severity.RISK,
            facts={
                "day": day,
                "column1": rows[0].column1,
                "column2": rows[0].column2,
                "indicator": rows[0].indicator,
                "edition": rows[0].edition,
                "earlier": line_facts(lines),
            },
        )
