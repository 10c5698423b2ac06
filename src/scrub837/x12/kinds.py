"""What a transaction is, by its version and type: only 837P of version 5010 is read here.

Source: X12 implementation guide identifiers (GS08, ST03) and transaction set identifiers (ST01), as published
in the public lists of X12 and in the CMS companion guides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scrub837.x12.outline import Group, Transaction

PROFESSIONAL = "837P"
_GUIDES = {
    "X222": PROFESSIONAL,
    "X098": "837P professional claim of version 4010",
    "X223": "837I institutional claim",
    "X096": "837I institutional claim of version 4010",
    "X224": "837D dental claim",
    "X097": "837D dental claim of version 4010",
    "X291": "837 predetermination (X291), not a claim",
    "X292": "837 predetermination (X292), not a claim",
    "X298": "837 post-adjudicated claims data reporting (X298), not a claim",
    "X299": "837 post-adjudicated claims data reporting (X299), not a claim",
    "X300": "837 post-adjudicated claims data reporting (X300), not a claim",
    "X221": "835 remittance advice",
    "X091": "835 remittance advice of version 4010",
    "X231": "999 implementation acknowledgment",
    "X230": "997 functional acknowledgment",
    "X214": "277CA claim acknowledgment",
    "X212": "277 claim status response (X212)",
    "X364": "277 claim acknowledgment (X364)",
    "X279": "270/271 eligibility",
    "X217": "278 services review",
    "X220": "834 enrollment",
    "X218": "820 premium payment",
}
_PAIRS = {"X279": ("270", "271"), "X212": ("276",)}  # guides of a question and its answer
_SETS = {
    "837": "837 health care claim of an unknown guide",
    "835": "835 remittance advice",
    "999": "999 implementation acknowledgment",
    "997": "997 functional acknowledgment",
    "277": "277 claim status or acknowledgment",
    "276": "276 claim status request",
    "270": "270 eligibility inquiry",
    "271": "271 eligibility response",
    "278": "278 services review",
    "834": "834 enrollment",
    "820": "820 premium payment",
    "275": "275 attachment",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """``label`` names the transaction for people; ``readable`` ones are scrubbed."""

    label: str
    readable: bool


def kind_of(group: Group | None, transaction: Transaction | None) -> Kind:
    """The kind of a transaction."""
    gs = group.gs if group else None
    st = transaction.st if transaction else None
    return kind_by(gs.at(8) if gs else "", st.at(1) if st else "", st.at(3) if st else "")


def kind_by(gs08: str, st01: str, st03: str) -> Kind:
    """The kind by version and type. Where the version names no guide, an 837 of version 5010 is read."""
    for version in (gs08, st03):
        guide = guide_of(version)
        if guide in _GUIDES and (guide != "X222" or st01 in ("", "837")):
            label = _SETS[st01] if guide in _PAIRS and st01 in _PAIRS[guide] else _GUIDES[guide]
            if label != PROFESSIONAL:
                return Kind(label, readable=False)
            if version.startswith("005010"):
                return Kind(label, readable=True)
            return Kind(f"837P professional claim of version {version[:6].lstrip('0')}", readable=False)
    if st01 == "837":
        version = gs08 or st03
        if version.startswith("005010") or not version:
            return Kind(PROFESSIONAL, readable=True)
        return Kind(f"837 health care claim of version {version[:12]}", readable=False)
    if st01:
        return Kind(_SETS.get(st01, f"{st01[:6]} transaction"), readable=False)
    return Kind(PROFESSIONAL, readable=True)


def guide_of(version: str) -> str:
    """The guide that GS08 or ST03 names: ``X222`` of ``005010X222A1``; empty when it names none."""
    match = re.fullmatch(r"\d{6}(X\d{3})\w*", version.upper())
    return match[1] if match else ""
