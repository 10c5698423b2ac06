"""CLM070."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._amounts import units_fault
from scrub837.rules._elements import Element, elements, place_of, with_blanks
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class ElementBlanks(Rule):
    """A value of the claim has blanks before or behind it.

    What it checks
        All elements of the claim and of the levels above it, but for modifiers, which have a rule of their
        own. In this program values are always compared without the blanks.
    Why it matters
        X12 does not allow trailing blanks; some payers' systems take ``M542`` with a blank for another code.
    What to do
        Let the corrected file leave the blanks out, and clear them in the practice system.
    About the fix
        Safe: the value stays the same.
    Sources
        X12 837P 005010X222A1, appendix B (values are sent without leading or trailing blanks).
    """

    code = "CLM070"
    name = "element-blanks"
    severity = Severity.INFO
    scope = Scope.CLAIM
    facet = "writing"
    fix = "always"
    examples = (
        Bad("97110:GP x1", edits=(("MI*1EG4TE5MK73", "MI*1EG4TE5MK73 "),), fixed="MI*1EG4TE5MK73~"),
        Bad("97110:GP x1", edits=(("THERAPY GROUP*", "THERAPY GROUP  *"),), fixed="THERAPY GROUP*"),
        Bad("97110:GP x1", edits=(("ABK:M542", "ABK: M542"),), fixed="ABK:M542~"),
        Bad("97110:GP x1", edits=(("*UN*1*", "*UN* 1*"),), fixed="*UN*1*"),
        Good("97110:GP x1", edits=(("HC:97110:GP", "HC:97110:GP "),), title="a modifier"),
        Good("97110:GP x1"),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        separators, text = subject.block.separators, subject.block.text
        has_blank = _blank_search(separators.element, separators.component, separators.segment)
        if " " in text and has_blank(text):
            return self._found(subject)
        level = subject.subscriber
        if level is not None and has_blank(level.block.text):
            return self._found(subject)
        level = subject.patient
        if level is not None and has_blank(level.block.text):
            return self._found(subject)
        if subject.leads and subject.billing is not None and has_blank(subject.billing.block.text):
            return self._found(subject)
        return ()

    def _found(self, claim: Claim) -> Iterator[Finding]:
        for element in elements(claim):
            sent, tidy = element.text, element.text.strip(" ")
            if sent == tidy or _is_anothers(element, tidy):
                continue
            place = place_of(claim, element)
            yield with_blanks(self, element, place, "some payers' systems")


@lru_cache(64)
def _blank_search(element: str, component: str, segment: str) -> Callable[[str], re.Match[str] | None]:
    """Finds a blank beside a separator."""
    within = re.escape(element + component)
    return re.compile(f" (?:(?=[{within}{re.escape(segment)}])|(?<=[{within}] ))").search


def _is_anothers(element: Element, tidy: str) -> bool:
    """True for modifiers, and for units that are written anew anyway."""
    if element.tag != "SV1":
        return False
    if element.number == 1:
        return 3 <= element.component <= 6
    return element.number == 4 and units_fault(tidy) == "untidy"
