"""PTP003."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._evidence import FULL_BLOCK, Evidence, Verdict, evidence, minutes_of
from scrub837.rules._pairs import (
    by_line,
    codes_of,
    facts_of,
    joined,
    pairings,
    second_of,
    source_words,
)
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class Borne(Rule):
    """A pair is separated by 59 or an X modifier, and the treatment-time log bears it out.

    What it checks
        Pairs with indicator 1 whose lines carry 59, XE, XP, XS or XU. The log must show, for both lines, a
        different area or time blocks that do not overlap; beside a manipulation another region, beside a
        group other time.
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
        Good("97140:GP x1 ; 97530:GP:59 x1", title="nothing is documented"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if not context.documentation.given:
            return ()
        found = [p for p in pairings(subject, context) if p.separated]
        findings = []
        for line, mine in by_line(found, second_of):
            shown = [evidence(p, context.documentation) for p in mine]
            if any(one.verdict is not Verdict.CONFIRMED for one in shown):
                continue
            findings.append(
                self.finding(
                    line.locate("SV101"),
                    f"{line.procedure.code} is documented as separate from "
                    f"{codes_of(p.first for p in mine)}.",
                    why=f"{source_words(mine, context)}; {joined(dict.fromkeys(one.words for one in shown))}."
                    + _short(shown[0]),
                    action="Nothing to do; keep the note with the claim.",
                    related=[p.first.locate("SV101") for p in mine],
                    facts=facts_of(mine) | shown[0].facts,
                )
            )
        return findings


def _short(shown: Evidence) -> str:
    minutes = minutes_of(shown.second)
    if minutes is None or minutes >= FULL_BLOCK:
        return ""
    return f" The {minutes} minutes are less than a block of {FULL_BLOCK}, which some reviewers look for."
