"""MOD011."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._disciplines import ASSISTANTS, DISCIPLINES
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class AssistantWithoutDiscipline(Rule):
    """CQ stands without GP, or CO without GO, or both on one line.

    What it checks
        CQ (physical therapist assistant) and CO (occupational therapy assistant) of each service line.
    Why it matters
        Medicare returns a line whose assistant modifier lacks its discipline. One line cannot be the work
        of assistants of both disciplines.
    What to do
        Give the line the discipline of the assistant's plan of care, or take the assistant modifier off
        when the therapist did the work.
    About the fix
        None: who gave the service does not stand in the claim.
    Sources
        CMS Claims Processing Manual 100-04 chapter 5 section 20.1; CMS page on therapy assistants: CQ with
        GP, CO with GO, from 2020-01-01.
    """

    code = "MOD011"
    name = "asst-unpaired"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("97110:CQ x1"),
        Bad("97110:GP:CO x1"),
        Bad("97110:GP:CQ:CO x1"),
        Good("97110:GP:CQ x1"),
        Good("97110:GO:CO x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        modifiers = subject.procedure.modifiers
        alone = [
            one for one, discipline in ASSISTANTS.items() if one in modifiers and discipline not in modifiers
        ]
        both = "CQ" in modifiers and "CO" in modifiers
        if not alone and not both:
            return ()
        code = subject.procedure.code
        if both:
            alone = ["CQ", "CO"]
            message = f"{code} carries CQ and CO; one line is the work of one discipline."
        else:
            message = f"{code} carries {alone[0]} without {ASSISTANTS[alone[0]]}."
        return (
            self.finding(
                subject.locate(place_of(subject, alone[-1])),
                message,
                why="CQ goes with GP only, and CO with GO only.",
                action="Look up who gave the service under which plan of care; enter both modifiers of it.",
                facts={
                    "code": code,
                    "modifiers": modifiers,
                    "expected": tuple(f"{one} with {ASSISTANTS[one]}" for one in alone),
                    "disciplines": tuple(DISCIPLINES[ASSISTANTS[one]] for one in alone),
                },
            ),
        )
