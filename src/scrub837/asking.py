"""Asks rules, and remembers of what they had nothing to say, so that they are not asked again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrub837.claims.encounters import Encounter, PatientDay
from scrub837.claims.model import Line
from scrub837.findings import Finding
from scrub837.found import record
from scrub837.rules._rule import Context, Note, Rule, Scope

if TYPE_CHECKING:
    from scrub837.tasks import Part

REMEMBERED = 1 << 14


@dataclass(slots=True)
class Answer:
    """What is known of all that bill the same: which rules are to be asked, and what the others note."""

    speakers: tuple[Rule, ...]  # rules that found something, or to whom the log may matter
    notes: tuple[Note, ...]  # of the other rules
    of_day: tuple[Rule, ...] = ()  # rules of the day that found something
    alike: int = 0  # the number of its notes, see Asking


class Asking:
    """The rules that are not ignored, and what is known of those that are pure, see ``Scope``."""

    def __init__(self, context: Context, rules: Iterable[Rule]) -> None:
        self.context = context
        ignore = context.settings.ignore
        self._rules: dict[Scope, list[Rule]] = {scope: [] for scope in Scope}
        for rule in rules:
            if rule.name not in ignore and rule.code not in ignore:
                self._rules[rule.scope].append(rule)
        self._answers: dict[object, Answer] = {}
        self._times: Counter[int] = Counter()  # how often notes are still to be counted, by their number
        self._noted: list[tuple[Note, ...]] = []  # the different notes of answers
        self._numbers: dict[tuple[Note, ...], int] = {}  # their numbers: places there
        self._learning = False  # notes of replays are part of an answer that is being made

    def rules(self, scope: Scope) -> list[Rule]:
        """The rules of a scope that are not ignored."""
        return self._rules[scope]

    def _ask_of(
        self, key: object, rules: list[Rule], subject: Line | Encounter, part: Part, day: int
    ) -> None:
        """Ask those rules that may have something to say about a subject that bills ``key``.

        A rule that found nothing, and did not look at the log, would find nothing in any other subject of the
        same key: from the second one on only the others are asked.
        """
        answer = self._answers.get(key)
        if answer is not None:
            self._replay(answer)
            for rule in answer.speakers:
                self._keep(rule.check(subject, self.context), part, day)
            return
        context, documentation = self.context, self.context.documentation
        logged, notes = documentation.given, context.notes
        speakers: list[Rule] = []
        quiet: list[Note] = []
        for rule in rules:
            documentation.asked, before, noted = False, len(part.findings), len(notes)
            # a copy for each: what rules remember of the last encounter would hide that they need the log
            found = rule.check(copy(subject) if logged else subject, context)
            if found:
                self._keep(found, part, day)
            if documentation.asked or len(part.findings) > before:
                speakers.append(rule)
            elif len(notes) > noted:
                quiet += notes[noted:]
        self._remember(key, Answer(tuple(speakers), tuple(quiet)))

    def _ask_for_speakers(
        self, scope: Scope, subject: Encounter | PatientDay, part: Part, day: int, quiet: list[Note]
    ) -> tuple[Rule, ...]:
        """Ask the rules of a scope: those that found something. The notes of the others go to ``quiet``."""
        speakers, notes = [], self.context.notes
        for rule in self._rules[scope]:
            before, noted = len(part.findings), len(notes)
            found = rule.check(subject, self.context)
            if found:
                self._keep(found, part, day)
            if len(part.findings) > before:
                speakers.append(rule)
            else:
                quiet += notes[noted:]
        return tuple(speakers)

    def _remember(self, key: object, answer: Answer) -> None:
        if len(self._answers) > REMEMBERED:
            self._answers.clear()
        answer.alike = self._numbers.setdefault(answer.notes, len(self._noted))
        if answer.alike == len(self._noted):
            self._noted.append(answer.notes)
        self._answers[key] = answer

    def _replay(self, answer: Answer) -> None:
        """Take the notes of the rules that are not asked again."""
        if self._learning:
            self.context.notes += answer.notes
            return
        self._times[answer.alike] += 1

    def take_notes(self) -> Counter[tuple[str, str]]:
        """What could not be checked since the last time, replays included."""
        notes: Counter[tuple[str, str]] = Counter()
        for rule, reason, lines in self.context.notes:
            notes[rule, reason] += lines
        self.context.notes.clear()
        for alike, times in self._times.items():
            for rule, reason, lines in self._noted[alike]:
                notes[rule, reason] += lines * times
        self._times.clear()
        return notes

    def _ask(self, scope: Scope, subject: object, part: Part, day: int = 0) -> None:
        self._ask_rules(self._rules[scope], subject, part, day)

    def _ask_rules(self, rules: Iterable[Rule], subject: object, part: Part, day: int) -> None:
        for rule in rules:
            self._keep(rule.check(subject, self.context), part, day)

    def _keep(self, findings: Iterable[Finding], part: Part, day: int) -> None:
        for finding in findings:
            part.findings.append(record(self.context.settings.weighed(finding), day))
