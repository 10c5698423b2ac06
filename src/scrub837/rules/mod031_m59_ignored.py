"""MOD031."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._pairs import by_line, codes_of, facts_of, pairings, second_of, source_words
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class Ignored(Rule):
    """A pair is separated by 59 or an X modifier for a payer that is known to deny it all the same.

    What it checks
        Pairs in force with indicator 1 that 59, XE, XP, XS or XU separates, for payer profiles with
        ``ignores-59``.
    Why it matters
        The modifier is right and the line may be denied nevertheless; knowing it saves a second submission.
    What to do
        Send the claim as it is, and appeal with the note if the contract allows it.
    About the fix
        None: nothing is wrong with the claim.
    Sources
        Notices on plans that deny manual therapy beside manipulation, or 97530 beside 97140, whatever the
        modifier (Find-A-Code on Aetna, WebPT on Anthem); the payer profile says for whom.
    """

    code = "MOD031"
    name = "m59-ignored"
    severity = Severity.INFO
    scope = Scope.ENCOUNTER
    examples = (
        Bad("with=ignores-59 provider=DC payer=CI | 98941 x1 ; 97140:59 x1"),
        Good("provider=DC payer=CI | 98941 x1 ; 97140:59 x1"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if not subject.profile.ignores_59:
            return ()
        found = [p for p in pairings(subject, context) if p.separated]
        return [
            self.finding(
                line.locate("SV101"),
                f"This payer is known to deny {line.procedure.code} beside "
                f"{codes_of(p.first for p in mine)} whatever the "
                "modifier.",
                why=f"{source_words(mine, context)}; the profile {subject.profile.name} says that the "
                "payer ignores 59.",
                action="Send the claim as it is, and appeal with the note if the contract allows it.",
                related=[p.first.locate("SV101") for p in mine],
                facts=facts_of(mine) | {"profile": subject.profile.name},
            )
            for line, mine in by_line(found, second_of)
        ]
