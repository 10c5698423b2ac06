"""The diagnosis list of a claim (HI), judged once for all claims with the same list."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

import msgspec

from scrub837.claims.model import Claim

ICD_10_SINCE = date(2015, 10, 1)  # service dates from this day on are coded in ICD-10-CM
MOST = 12
ICD_10 = re.compile(r"[A-Z]\d[\dA-Z][\dA-Z]{0,4}", re.ASCII)
ICD_9 = re.compile(r"(?:\d{3}|V\d\d|E\d{3})\d{0,2}", re.ASCII)
DIAGNOSES = ("ABK", "ABF", "BK", "BF")


class DiagnosisList(msgspec.Struct, frozen=True):
    """How many diagnoses there are, and whether all is well with them but for the date."""

    count: int
    sound: bool  # ICD-10 codes alone, no two alike, the principal first


def diagnosis_list(claim: Claim) -> DiagnosisList:
    """The list of a claim."""
    head, separators, at = claim.head, claim.block.separators, claim.layout.diagnoses
    segments = head[at[0]] if len(at) == 1 else separators.segment.join([head[n] for n in at])
    return _read(segments, separators.element, separators.component, separators.segment)


@lru_cache(1 << 14)
def _read(text: str, element: str, component: str, terminator: str) -> DiagnosisList:
    segments = [segment.split(element)[1:] for segment in text.split(terminator)]
    parts = [part.split(component) for segment in segments for part in segment]
    found = [part for part in parts if part[0].strip() in DIAGNOSES]
    codes = [part[1] if len(part) > 1 else "" for part in found]
    sound = (
        0 < len(codes) <= MOST
        and len(set(codes)) == len(codes)
        and all(ICD_10.fullmatch(code) for code in codes)
        and [part[0] for part in found] == ["ABK", *["ABF"] * (len(found) - 1)]
    )
    return DiagnosisList(len(found), sound)
