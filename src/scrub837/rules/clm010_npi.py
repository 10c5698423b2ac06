"""CLM010."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.details import Party, claim_parties, level_parties, line_parties
from scrub837.claims.model import Claim
from scrub837.findings import Finding, Location, Severity
from scrub837.rules._npi import npi_fault, provider_fault, role_words
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value


class ProviderNpi(Rule):
    """An NPI is missing or not valid.

    What it checks
        The NPI of every provider of the claim: billing (2010AA), referring, rendering, facility and
        supervising (2310), and those of the lines (2420). Ten digits and the check digit. An NPI has to be
        there for the billing, rendering, referring, ordering and supervising provider. Where NM1 has one
        element too few, so that the id stands a place too early, the finding says so.
    Why it matters
        Payers return a claim with an NPI that cannot exist; some clearinghouses let it pass, and the payer
        refuses it days later.
    What to do
        Look the provider up in the NPPES registry and correct the number in the practice system.
    About the fix
        None: who did the service is never guessed.
    Sources
        CMS, National Provider Identifier check digit calculation (Luhn formula, prefix 80840); X12 837P
        005010X222A1, NM108 and NM109 of loops 2010AA, 2310 and 2420; CMS Claims Processing Manual 100-04
        chapter 26 section 10.4, items 17, 24J and 33.
    """

    code = "CLM010"
    name = "clm-npi"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "providers"
    examples = (
        Bad("97110:GP x1", edits=(("XX*1999000015", "XX*1999000016"),), title="check digit, billing"),
        Bad("97110:GP x1", edits=(("XX*1999001013", "XX*199900101"),), title="nine digits, rendering"),
        Bad("97110:GP x1", edits=(("XX*1999000031", "XX*1999000013"),), title="referring"),
        Bad("97110:GP x1", edits=(("****XX*1999001013", "***XX*1999001013"),), title="an element too few"),
        Bad("97110:GP x1", edits=(("*****XX*1999000015", ""),), title="no billing NPI"),
        Bad("97110:GP x1 ; 97140:GP x1 {P2}", edits=(("XX*1999001021", "XX*1999001020"),), title="of a line"),
        Good("97110:GP x1 ; 97140:GP x1 {P2}"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        head, element = subject.head, subject.block.separators.element
        for at in subject.layout.providers:
            if provider_fault(head[at], element):
                return self._found(subject)
        if not subject.billing_npi or npi_fault(subject.billing_npi):
            return self._found(subject)
        if not subject.plain:
            tag = f"NM1{element}"
            for piece in subject.block.pieces[subject.header_end :]:
                if piece[:4] == tag and provider_fault(piece, element):
                    return self._found(subject)
        return ()

    def _found(self, claim: Claim) -> Iterator[Finding]:
        billing = next((party for party in level_parties(claim) if party.role == "85"), None)
        if billing is None:
            yield self.finding(
                claim.locate("CLM"),
                "The claim has no billing provider (loop 2010AA).",
                why="Payers return a claim that does not say who bills.",
                action="Have the practice system write the billing provider before the claim.",
                facts={"loop": "2010AA"},
            )
        else:
            yield from self._party(
                claim, billing, claim.locate_in(billing.block, billing.at, "NM109", loop="2010AA")
            )
        for party in claim_parties(claim):
            yield from self._party(
                claim, party, claim.locate_in(party.block, party.at, "NM109", loop=party.loop or "2300")
            )
        for line in claim.lines:
            for party in line_parties(line):
                yield from self._party(
                    claim, party, line.locate("NM109", party.at, loop=party.loop or "2400")
                )

    def _party(self, claim: Claim, party: Party, place: Location) -> Iterator[Finding]:
        loop, element = party.loop or place.loop, claim.block.separators.element
        who = f"{role_words(party.role)} ({loop})"
        npi = party.id if party.id_qualifier == "XX" else ""
        fault = provider_fault(element.join(party.nm1), element)
        if not fault and party.role == "85" and not npi:
            fault = "missing"
        severity = None
        action = "Correct the number in the practice system; the NPPES registry has it."
        if fault == "shifted":
            message = f"The id of the {who} stands one element too early: an element is missing before it."
            action = "Have the practice system write all elements of NM1, empty ones too."
        elif fault == "missing" and party.role == "85" and _is_atypical(claim):
            message = f"The {who} has no NPI, only a number of the payer."
            action = "Leave it so if the provider delivers no health care; others need an NPI."
            severity = Severity.INFO
        elif fault == "missing":
            message = f"The {who} has no NPI."
            severity = None if party.role == "85" else Severity.DENY
        elif fault == "wrong":
            message = f"The NPI {npi} of the {who} {npi_fault(npi)}."
        else:
            return
        yield self.finding(
            place,
            message,
            why="Payers return a claim with a provider they cannot identify.",
            action=action,
            severity=severity,
            facts={"role": party.role, "loop": loop, "npi": npi, "fault": fault},
        )


def _is_atypical(claim: Claim) -> bool:
    """True when the payer knows the billing provider by a number of its own (2010BB)."""
    block = claim.subscriber.block if claim.subscriber else claim.block
    return any(s[0] == "REF" and value(s, 1) in ("G2", "LU") for s in block.segments)
