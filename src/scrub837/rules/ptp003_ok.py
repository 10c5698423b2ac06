"""PTP003."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._evidence import FULL_BLOCK, Basis, Shown, Verdict, evidence, minutes_of, rows_on
from scrub837.rules._pairs import (
    Answer,
    by_line,
    codes_of,
    facts_of,
    joined,
    late_words,
    pairings,
    second_of,
    terms_words,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import sv101


class _Borne(NamedTuple):
    """What the log bears out of a column 2 line, with the lines by their numbers in the encounter."""

    line: int
    firsts: tuple[int, ...]
    bases: tuple[frozenset[Basis], ...]  # of each pair
    message: str
    terms: str
    facts: dict[str, Any]


class Borne(Rule):
    """A pair is separated by a modifier, and the treatment-time log bears it out.

    What it checks
        Pairs with indicator 1 that 59, XE, XP, XS or XU, different sites, or 27, 58, 78, 79 or 91 separate;
        not visits. The log must show, for both lines, a different area or time blocks that do not overlap;
        beside a manipulation another region, beside a group other time.
    Why it matters
        This is what an auditor will ask for. Seeing it beside the claim saves looking it up.
    What to do
        Nothing. Keep the note with the claim. Some reviewers look for a block of 15 minutes.
    About the fix
        None is needed.
    Sources
        CMS MLN1783722 (modifiers 59 and X); NCCI Policy Manual chapters I and XI.
    """

    code = "PTP003"
    name = "ptp-ok"
    severity = Severity.INFO
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1 0915-0930 [shoulder R]"),
        Bad("97150:GP x1 0900-0940 mode=group ; 97110:GP:59 x1 0940-0955 [knee R]"),
        Good("97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1 0900-0915 [cervical]"),
        Bad("97140:GP:LT x1 0900-0915 [knee L] ; 97530:GP:RT x1 0915-0930 [knee R]"),
        Good("97140:GP:LT x1 0900-0915 [knee R] ; 97530:GP:RT x1 0905-0920 [knee R]"),
        Good("97140:GP x1 ; 97530:GP:59 x1", title="nothing is documented"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if not context.documentation.given:
            return ()
        borne = context.know(self.name, subject, lambda: tuple(_borne(subject, context)))
        return [self._told(one, subject, context) for one in borne]

    def _told(self, borne: _Borne, subject: Encounter, context: Context) -> Finding:
        day, documentation = subject.day, context.documentation
        line, others = subject.lines[borne.line], [subject.lines[n] for n in borne.firsts]
        code, second = line.procedure.code, rows_on(day, line, documentation)
        shown = [
            Shown(
                (other.procedure.code, code),
                Verdict.CONFIRMED,
                bases,
                rows_on(day, other, documentation),
                second,
            )
            for other, bases in zip(others, borne.bases, strict=True)
        ]
        late = late_words(day, subject.profile.program, context)
        return self.finding(
            sv101(line),
            borne.message,
            why=f"{borne.terms}{late}; {joined(dict.fromkeys([one.words for one in shown]))}."
            + _short(shown[0]),
            action="Nothing to do; keep the note with the claim.",
            related=[sv101(other) for other in others],
            facts=borne.facts | {"day": day} | shown[0].facts,
        )


def _borne(subject: Encounter, context: Context) -> Iterator[_Borne]:
    places = {id(line): n for n, line in enumerate(subject.lines)}
    found = [
        p for p in pairings(subject, context) if p.separated or (p.answer is Answer.OTHER and p.visit is None)
    ]
    for line, mine in by_line(found, second_of):
        shown = [evidence(p, context.documentation) for p in mine]
        if all(one.verdict is Verdict.CONFIRMED for one in shown):
            yield _Borne(
                places[id(line)],
                tuple([places[id(p.first)] for p in mine]),
                tuple([one.bases for one in shown]),
                f"{line.procedure.code} is documented as separate from {codes_of(p.first for p in mine)}.",
                terms_words([p.row for p in mine], subject.profile.program),
                facts_of(mine),
            )


def _short(shown: Shown) -> str:
    minutes = minutes_of(shown.second)
    if minutes is None or minutes >= FULL_BLOCK:
        return ""
    return f" The {minutes} minutes are less than a block of {FULL_BLOCK}, which some reviewers look for."
