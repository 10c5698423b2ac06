"""Parts of a claim that many claims have alike, so that what a rule finds sound once need not be asked again.

A facet gives a hashable value. A claim rule that names one promises: when it has nothing to say of a claim,
it has nothing to say about any claim whose facet is equal and that is written with the same separators. That
makes most rules free for most claims.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from scrub837.claims.model import Claim


def charges(claim: Claim) -> Hashable:
    """CLM02 and the charges of the lines, as sent."""
    return claim.charge_text, claim.billed.charges


def diagnoses(claim: Claim) -> Hashable:
    """The HI segments, the pointers of the lines, and the months of service."""
    dates = claim.days.different
    months = dates[0].month if len(dates) == 1 else tuple([one.month for one in dates])
    return claim.layout.pick_diagnoses(claim.head), claim.billed.pointers, months


def dates(claim: Claim) -> Hashable:
    """Dates of service, the day the batch was made, the payer profile and the frequency."""
    return claim.days.key, claim.envelope.created, claim.profile.name, claim.frequency


def providers(claim: Claim) -> Hashable:
    """Parties of the claim header and the billing provider; of a claim that is not plain, all its text."""
    named = claim.layout.pick_providers(claim.head) if claim.plain else claim.block.text
    return named, claim.billing_npi


def form(claim: Claim) -> Hashable:
    """The length of CLM01, CLM05, which segments the header has, how lines are numbered, the payer profile,
    and the level of the billing provider, of whom this may be the first claim."""
    numbers = claim.plain.numbers if claim.plain else claim.block.text
    level = claim.billing.block.text if claim.billing else ""
    return (
        len(claim.id), claim.facility, claim.layout.key, numbers, claim.profile.name, claim.leads, level,
    )  # fmt: skip


def writing(claim: Claim) -> Hashable:
    """The text of the levels above the claim, and of the claim where it has blanks or small letters.

    Of a usual subscriber level, only some elements of its SBR and whether the ids are there.
    """
    text, insured = claim.block.text, claim.insured
    unusual = text if " " in text or "n" in text or "l" in text or "a" in text else ""
    lead = claim.billing.block.text if claim.leads and claim.billing else ""
    if insured.usual is None:
        return insured.text, unusual, lead
    return insured.usual, not insured.member_id, not insured.payer_id, unusual, lead


FACETS: dict[str, Callable[[Claim], Hashable]] = {
    facet.__name__: facet for facet in (charges, diagnoses, dates, providers, form, writing)
}
