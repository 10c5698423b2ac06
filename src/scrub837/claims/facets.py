"""Parts of a claim that many claims have alike, so that what a rule finds sound once need not be asked again.

A facet gives a hashable value of each of several claims. A claim rule that names one promises: when it has
nothing to say of a claim, it has nothing to say about any claim whose facet is equal and that is written with
the same separators. That makes most rules free for most claims. Of a claim that is not plain, a facet may be
all its text.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from scrub837.claims.model import Claim

Claims = Sequence[Claim]
Facet = Callable[[Claims], Sequence[Hashable]]


def charges(claims: Claims) -> Sequence[Hashable]:
    """CLM02 and the charges of the lines, as sent."""
    return [(claim.charge_text, claim.billed.charges) for claim in claims]


def diagnoses(claims: Claims) -> Sequence[Hashable]:
    """The HI segments, the pointers of the lines, and the months of service."""
    return [
        (claim.layout.pick_diagnoses(claim.head), claim.billed.pointers, claim.days.months)
        for claim in claims
    ]


def dates(claims: Claims) -> Sequence[Hashable]:
    """Dates of service, the day the batch was made, the payer profile and the frequency."""
    return [(claim.days.key, claim.envelope.created, claim.profile.name, claim.frequency) for claim in claims]


def episode(claims: Claims) -> Sequence[Hashable]:
    """Dates of the claim itself (DTP of 2300), and dates of service."""
    return [(claim.layout.pick_dates(claim.head), claim.days.key) for claim in claims]


def birth(claims: Claims) -> Sequence[Hashable]:
    """``True`` where the patient was born on an ordinary day, not after the service; else all about them."""
    return [
        "" < claim.insured.born <= claim.days.start or (claim.insured.text, claim.days.key)
        for claim in claims
    ]


def providers(claims: Claims) -> Sequence[Hashable]:
    """Parties of the claim header and the billing provider."""
    return [
        (claim.layout.pick_providers(claim.head) if claim.plain else claim.block.text, claim.billing_npi)
        for claim in claims
    ]


def form(claims: Claims) -> Sequence[Hashable]:
    """The length of CLM01, CLM05, which segments the header has, how lines are numbered, the payer profile,
    and the level of the billing provider, of whom this may be the first claim."""
    return [
        (
            len(claim.id),
            claim.facility,
            claim.layout.key,
            claim.plain.numbers if claim.plain else claim.block.text,
            claim.profile.name,
            claim.leads,
            claim.billing.block.text if claim.billing else "",
        )
        for claim in claims
    ]


def controls(claims: Claims) -> Sequence[Hashable]:
    """Whether the line control numbers differ from one another."""
    return [
        len(set(claim.plain.controls)) == len(claim.plain.controls) if claim.plain else claim.block.text
        for claim in claims
    ]


def course(claims: Claims) -> Sequence[Hashable]:
    """What is billed, which segments the header has, and the payer profile."""
    return [
        (claim.billed.key, claim.layout.key, claim.profile.name) if claim.plain else claim.block.text
        for claim in claims
    ]


def writing(claims: Claims) -> Sequence[Hashable]:
    """The text of the levels above the claim, and of the claim where it has blanks or small letters.

    Of a usual subscriber level, only some elements of its SBR and whether the ids are there.
    """
    found: list[Hashable] = []
    for claim in claims:
        text, insured = claim.block.text, claim.insured
        unusual = text if " " in text or "n" in text or "l" in text or "a" in text else ""
        lead = claim.billing.block.text if claim.leads and claim.billing else ""
        if insured.usual is None:
            found.append((insured.text, unusual, lead))
        else:
            found.append((insured.usual, not insured.member_id, not insured.payer_id, unusual, lead))
    return found


FACETS: dict[str, Facet] = {
    facet.__name__: facet
    for facet in (charges, diagnoses, dates, episode, birth, providers, form, controls, course, writing)
}
