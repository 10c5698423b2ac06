"""MUE002."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from scrub837.claims.earlier import EarlierLine, SentDay
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.records import UnitLimit
from scrub837.rules._earlier import files_words, line_facts, line_words
from scrub837.rules._pairs import bills
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_OF_THE_DAY = ("2", "3")  # adjudication indicators: the limit counts all lines of the day


class UnitsAcrossFiles(Rule):
    """With what earlier files billed, a day has more units of a code than the payer allows.

    What it checks
        Units of a code in this file and on the lines in the ledger that were sent for the same patient, day
        and rendering provider and still stand, together, against the medically unlikely edit of the quarter
        where it counts the whole day (adjudication indicators 2 and 3). What is too much in this file alone
        is mue-over. Left out are lines with modifier 55, claims that were replaced or voided, and those that
        a claim of this file sends again, replaces or voids. Without a ledger, and for files marked as
        tests, nothing is compared.
    Why it matters
        The payer adds up what it has paid for the day: the units above the limit are denied, as a rule with
        the whole line.
    What to do
        Compare the units of all claims with the record. Where they were given and the indicator is 3, be
        ready to appeal; above a limit of indicator 2 nothing is ever paid.
    About the fix
        None: units say what was done.
    Sources
        CMS medically unlikely edits, practitioner table of the quarter; NCCI Policy Manual chapter I
        section V.
    """

    code = "MUE002"
    name = "mue-across-files"
    severity = Severity.DENY
    scope = Scope.EARLIER
    examples = (
        Bad("id=A | 97161:GP x1 ==> limits=97161/1/3 id=B | 97161:GP:59 x1"),
        Good(
            "id=A | 97161:GP x1 ==> limits=97161/1/3 id=B dos=2026-11-04 | 97161:GP:59 x1",
            title="another day",
        ),
        Good("id=A | 97161:GP x1 ==> limits=97161/1/1 id=B | 97161:GP:59 x1", title="a limit by line"),
        Good(
            "id=A | 97161:GP x1 ==> limits=97161/1/2 id=A freq=7 f8=PAYER1 | 97161:GP x1",
            title="a replacement",
        ),
        Good(
            "id=A | 97161:GP x1 ==> limits=97161/1/3 id=B | 97161:GP:59 x2",
            title="too much alone: mue-over",
        ),
    )

    def check(self, subject: SentDay, context: Context) -> Iterator[Finding]:
        encounter = subject.encounter
        day, program = encounter.day, encounter.profile.program
        groups: dict[tuple[str, bool], list[Line]] = {}
        for line in encounter.lines:
            if bills(line) and line.unit != "MJ" and "55" not in line.procedure.modifiers:
                groups.setdefault((line.procedure.code, line.claim.frequency == "7"), []).append(line)
        for (code, _), lines in groups.items():
            sent = [one for one in subject.joining if one.procedure.code == code and _counts(one)]
            limit = context.reference.unit_limit(code, day, program) if sent else None
            if limit is not None and limit.indicator in _OF_THE_DAY:
                yield from self._over(subject, lines, sent, limit)

    def _over(
        self, subject: SentDay, lines: list[Line], sent: list[EarlierLine], limit: UnitLimit
    ) -> Iterator[Finding]:
        day = subject.encounter.day
        now = sum(((line.units or Decimal(0)) / max(line.dates.days, 1) for line in lines), Decimal(0))
        before = sum(((line.units or Decimal(0)) / max(line.days, 1) for line in sent), Decimal(0))
        firsts = [line.dates.first for line in lines if line.dates.first] + [line.first for line in sent]
        if now > limit.units or now + before <= limit.units or day != max(firsts):
            return
        last = lines[-1]
        yield self.finding(
            last.locate("SV104"),
            f"{limit.code} has {_plain(now + before)} units on {day}: {_plain(now)} here, {_plain(before)} "
            f"on {line_words(sent)} ({files_words(sent)}); the limit is {limit.units}.",
            why="The limit counts the whole day, whatever claims and files the units are on.",
            action="Check the units of all these claims against the record; "
            + (
                "above the limit there is no appeal."
                if limit.indicator == "2"
                else "be ready to appeal with it."
            ),
            related=[line.locate("SV104") for line in lines[:-1]],
            facts={
                "code": limit.code,
                "day": day,
                "billed": now + before,
                "limit": limit.units,
                "indicator": limit.indicator,
                "edition": limit.edition,
                "earlier": line_facts(sent),
            },
        )


def _counts(line: EarlierLine) -> bool:
    return line.unit != "MJ" and "55" not in line.procedure.modifiers


def _plain(units: Decimal) -> str:
    return f"{units:.2f}".rstrip("0").rstrip(".")
