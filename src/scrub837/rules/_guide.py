"""What guide rules share: an error of pyx12 told in plain words beside its code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding
from scrub837.rules._rule import Rule
from scrub837.x12.guide_plain import in_plain_words

if TYPE_CHECKING:
    from scrub837.guide_scan import GuideHit, GuideRead

WHY = "The implementation guide 005010X222A1 does not allow it; the answer is a 999 rejection."


def tell(rule: Rule, subject: GuideRead, wanted: Callable[[GuideHit], bool]) -> Iterable[Finding]:
    """A finding for each error that ``wanted`` picks."""
    for hit in subject.hits:
        if not wanted(hit):
            continue
        error, words = hit.error, in_plain_words(hit.error)
        yield rule.finding(
            hit.location,
            words.message,
            why=WHY,
            action=words.action,
            facts={"pyx12": error.message, "code": error.code, "loop": error.loop, "value": error.value},
        )
