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
    return claim.charge_text, tuple([service.charge_text for service in claim.services])


def diagnoses(claim: Claim) -> Hashable:
    """The HI segments, the pointers of the lines, and the days of service."""
    head = claim.head
    return (
        tuple([head[at] for at in claim.layout.diagnoses]),
        tuple([service.pointers for service in claim.services]),
        claim.dates[0].month if len(claim.dates) == 1 else tuple([dates.month for dates in claim.dates]),
    )


def dates(claim: Claim) -> Hashable:
    """Dates of service and of the claim, the day the batch was made, the payer profile and the frequency."""
    head = claim.head
    done = tuple([line[2] for line in claim.plain]) if claim.plain else claim.dates
    return (
        done,
        tuple([head[at] for at in claim.layout.dates]),
        claim.envelope.created,
        claim.profile.name,
        claim.frequency,
    )


def providers(claim: Claim) -> Hashable:
    """Parties of the claim header and the billing provider; of a claim that is not plain, all its text."""
    head = claim.head
    named = tuple([head[at] for at in claim.layout.providers]) if claim.plain else claim.block.text
    return named, claim.billing_npi


def form(claim: Claim) -> Hashable:
    """CLM05, which segments the header has, how lines are numbered, the payer profile, and the level of the
    billing provider, of whom this may be the first claim."""
    numbers = tuple([line[0] for line in claim.plain]) if claim.plain else claim.block.text
    level = claim.billing.block.text if claim.billing else ""
    return claim.facility, claim.layout.key, numbers, claim.profile.name, claim.frequency, claim.leads, level


FACETS: dict[str, Callable[[Claim], Hashable]] = {
    facet.__name__: facet for facet in (charges, diagnoses, dates, providers, form)
}
