"""Which codes the payer of a claim does not pay."""

from __future__ import annotations

from scrub837.config import Profile
from scrub837.reference.tables import PayerExclusion, payer_exclusion


def exclusion_of(code: str, profile: Profile) -> PayerExclusion | None:
    """What is known of a code for Medicare itself or Medicaid. A plan that follows Medicare's edits need not
    follow its coverage."""
    if profile.medicare:
        return payer_exclusion("medicare", code)
    return payer_exclusion("medicaid", code) if profile.program == "medicaid" else None
