"""The explanations of the rules that spoke, for a report that holds them itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scrub837.results import FileReport
from scrub837.rules import all_rules
from scrub837.rules._rule import HEADINGS, Rule


@dataclass(frozen=True, slots=True)
class Explanation:
    """The page of a rule. Each paragraph is a list of texts; every second one is code."""

    code: str
    name: str
    severity: str
    fix: str  # how often it has a correction
    summary: str
    sections: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]  # heading, paragraphs


def explanations(files: Iterable[FileReport]) -> dict[str, Explanation]:
    """The explanations of all rules that found something in ``files``, by code, in the order of the codes."""
    spoke = {file.found.name[number] for file in files for number in file.order}
    return {rule.code: _explained(rule) for rule in all_rules() if rule.name in spoke}


def _explained(rule: Rule) -> Explanation:
    summary = " ".join(rule.page().split("\n\n", 1)[0].split())
    sections = tuple((heading, _paragraphs(rule.section(heading))) for heading in HEADINGS)
    return Explanation(
        rule.code,
        rule.name,
        rule.severity.value,
        rule.fix,
        summary,
        tuple((heading, paragraphs) for heading, paragraphs in sections if paragraphs),
    )


def _paragraphs(text: str) -> tuple[tuple[str, ...], ...]:
    parts = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
    return tuple(tuple(part.split("``")) for part in parts if part)
