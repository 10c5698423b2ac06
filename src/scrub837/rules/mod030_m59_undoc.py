"""MOD030."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._evidence import NO_LOG, ONE_UNIT, Basis, Verdict, evidence
from scrub837.rules._pairs import (
    Pairing,
    by_line,
    codes_of,
    facts_of,
    joined,
    pairings,
    second_of,
    source_words,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class NotBorneOut(Rule):
    """A pair is separated by 59 or an X modifier, and the treatment-time log does not bear it out.

    What it checks
        Pairs in force with indicator 1 whose lines carry 59, XE, XP, XS or XU. The log contradicts the
        modifier (deny) when both services are of the same area and overlapping time; beside a manipulation,
        when the other service is of a manipulated region; beside a group, when one-on-one time lies in the
        group's; and when all that is logged of a timed column 2 code is fewer than the 8 minutes of a unit.
        It does not support it (risk) when the area is only "back" or "spine", when times are missing for the
        same area, or when nothing is logged for one of the two.
    Why it matters
        59 states that the services were separate. Without a record of it the payment is taken back, and a
        pattern of it is a false claim.
    What to do
        Look up the note. If it shows a different area or other time, complete the log. If it does not, take
        the column 2 line off.
    About the fix
        None: taking a modifier off, or a line, needs the person who knows the record.
    Sources
        CMS MLN1783722 (modifiers 59 and X; timed therapy in distinct time blocks); NCCI Policy Manual
        chapter XI (manipulation and other regions); CMS Claims Processing Manual chapter 5 section 20.2 (8
        minutes).
    """

    code = "MOD030"
    name = "m59-undoc"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1 0900-0915 [cervical]"),
        Bad("97140:GP x1 @15 [cervical] ; 97530:GP:59 x1 @15 [cervical]"),
        Bad("97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1", title="nothing is logged for 97530"),
        Bad("provider=DC payer=CI | 98941 x1 0900-0910 [lumbar] ; 97140:59 x1 0910-0925 [lumbar]"),
        Good("97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1 0915-0930 [cervical]"),
        Good("97140:GP x1 @15 [cervical] ; 97530:GP:59 x1 @15 [knee R]"),
        Bad("97140:GP x1 0900-0920 ; 97530:GP:59 x1 0920-0927", title="7 minutes earn no unit"),
        Good("97140:GP x1 0900-0920 ; 97530:GP:59 x1 0920-0928"),
        Good("97140:GP x1 ; 97530:GP:59 x1", title="no log at all: not checked"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        found = [p for p in pairings(subject, context) if p.separated]
        if not found:
            return ()
        lines = by_line(found, second_of)
        if not context.documentation.given:
            context.not_checked(self, NO_LOG, lines=len(lines))
            return ()
        judged = (self._found(line, mine, subject, context) for line, mine in lines)
        return [finding for finding in judged if finding is not None]

    def _found(self, line: Line, mine: list[Pairing], subject: Encounter, context: Context) -> Finding | None:
        shown = [evidence(p, context.documentation) for p in mine]
        against = [one for one in shown if one.verdict is Verdict.CONTRADICTED]
        lacking = [one for one in shown if one.verdict is Verdict.UNSUPPORTED]
        told = against or lacking
        if not told:
            return None
        pairs = [one.pairing for one in told]
        others = [p.first for p in pairs]
        said = joined(dict.fromkeys(one.words for one in told))
        need = " or ".join(dict.fromkeys(_need(p) for p in pairs))
        short = not against and Basis.TOO_SHORT in lacking[0].bases
        if short:
            need = f"{ONE_UNIT} minutes or more"
        return self.finding(
            line.locate("SV101"),
            f"By the log {line.procedure.code} was not separate from {codes_of(others)}."
            if against
            else f"The log shows too little time of {line.procedure.code} for a service beside "
            f"{codes_of(others)}."
            if short
            else f"The log does not show that {line.procedure.code} was separate from {codes_of(others)}.",
            why=f"{said[:1].upper()}{said[1:]}; {source_words(pairs, context)}.",
            action=f"If the note shows {need}, complete the log; if not, {line.procedure.code} is part of "
            f"{codes_of(others)} and comes off.",
            severity=Severity.DENY if against or (short and _alone(line, subject)) else Severity.RISK,
            related=[other.locate("SV101") for other in others],
            facts=facts_of(pairs) | told[0].facts,
        )


def _alone(line: Line, encounter: Encounter) -> bool:
    """Whether no other line bills the same code, whose minutes could make up the unit."""
    code = line.procedure.code
    return not any(other is not line and other.procedure.code == code for other in encounter.lines)


def _need(pairing: Pairing) -> str:
    if pairing.manipulation:
        return "a region that was not manipulated"
    if pairing.group:
        return "one-on-one time outside the group's"
    return "a different area or a time block that does not overlap"
