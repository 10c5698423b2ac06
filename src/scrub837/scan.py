"""Judges the claims of transactions: reads them, asks the rules, writes rows. Runs in any process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from scrub837.asking import REMEMBERED, Answer, Asking
from scrub837.claims.encounters import Encounter, PatientDay, days_of_plain, patient_days, provider_of
from scrub837.claims.facets import FACETS, Facet
from scrub837.claims.model import Claim
from scrub837.claims.provider_work import ProviderWork, gather_work
from scrub837.claims.sent import encode_sent
from scrub837.claims.values import hundredths_of_cents
from scrub837.findings import Finding
from scrub837.rows import ClaimRows, timed_rows, timed_texts
from scrub837.rules import all_rules
from scrub837.rules._rule import Context, Note, Rule, Scope
from scrub837.rules._usual import UsualEncounters
from scrub837.tasks import Part, Task, TransactionRead, body_of
from scrub837.timed import timed_record
from scrub837.x12.separators import Separators
from scrub837.x12.source import Source

MOST_LINES = 300  # of a patient and day that are compared with each other; no real day has as many
_PART = 1 << 10  # claims of a part at the least, where its transaction has more
_TOGETHER = 128  # plain claims that are judged at once
_TOGETHER_LOGGED = 32  # where rows of a log are kept with them


_Check = Callable[[Claim, Context], Iterable[Finding]]


class Judge(Asking):
    """Asks the rules about all that is in a file."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, all_rules())
        claim_rules = self._rules[Scope.CLAIM]
        logged = context.documentation.given
        self._claim_checks = [
            rule.check for rule in claim_rules if not rule.facet and (logged or not rule.needs_log)
        ]
        # for each facet, the checks that depend on it, and the values of it about which they said nothing
        self._facets: list[tuple[Facet, list[_Check], set[Hashable]]] = [
            (facet, [rule.check for rule in claim_rules if rule.facet == name], set())
            for name, facet in FACETS.items()
        ]
        self._rows = ClaimRows(context)
        self._usual = UsualEncounters(context, lambda encounter: timed_texts(encounter, context))
        self._separators: Separators | None = None

    def transactions(self, source: Source, tasks: Iterable[Task]) -> Iterator[Part]:
        """Judge transactions that follow one another, some claims after the other."""
        part = Part()
        together = _TOGETHER_LOGGED if self.context.documentation.given else _TOGETHER
        alike: list[Claim] = []
        for task in tasks:
            body = body_of(source, task, self.context)
            if body.separators != self._separators:
                self._judge(alike, part)
                alike = []
                self._separators = body.separators
                for _, _, sound in self._facets:
                    sound.clear()
            for claims in body.runs():
                plain = claims[0].plain is not None
                if not plain or len(alike) + len(claims) > together:
                    self._judge(alike, part)
                    alike = []
                    if len(part.claims) >= _PART:
                        yield self._end(part)
                        part = Part()
                alike += claims
                if not plain:
                    self._judge(alike, part)
                    alike = []
            part.lines += body.lines
            part.segments.append(body.segments)
            self._ask(Scope.TRANSACTION, TransactionRead(task, body), part)
        self._judge(alike, part)
        yield self._end(part)

    def _end(self, part: Part) -> Part:
        part.joined = self.context.documentation.take_joined()
        part.notes = self.take_notes()
        return part

    def file(self, subject: object) -> Part:
        """Judge the envelope of the whole file."""
        part = Part()
        self._ask(Scope.FILE, subject, part)
        part.notes = self.take_notes()
        return part

    def day(self, day: PatientDay, part: Part, key: int, *, timed: bool = True) -> None:
        """Judge one patient and day; ``timed``: show its timed days."""
        lines = sum([len(encounter.lines) for encounter in day.encounters])
        if lines > MOST_LINES:
            self.too_many(lines)
            return
        for encounter in day.encounters:
            self._encounter(encounter, part, key)
            if timed and self.context.documentation.given:
                part.timed += [timed_record(row, key) for row in timed_rows(encounter, self.context)]
        if len(day.encounters) > 1 or self.context.documentation.has_any(day.lines):
            self._ask(Scope.DAY, day, part, key)

    def too_many(self, lines: int) -> None:
        """Note that lines of one day were not compared: there are more than a day can have."""
        reason = f"one patient has more than {MOST_LINES} lines on one day"
        for rule in (*self._rules[Scope.ENCOUNTER], *self._rules[Scope.DAY]):
            self.context.not_checked(rule, reason, lines)

    def providers(self, works: Iterable[ProviderWork]) -> Part:
        """Judge what each provider did in the whole file."""
        part = Part()
        for work in works:
            self._ask(Scope.PROVIDER, work, part)
        part.notes = self.take_notes()
        return part

    def earlier(self, scope: Scope, subjects: Iterable[object]) -> Part:
        """Judge by what was sent before."""
        part = Part()
        for subject in subjects:
            self._ask(scope, subject, part)
        part.notes = self.take_notes()
        return part

    def unasked(self, lines: int) -> Counter[tuple[str, str]]:
        """Rules that are asked only where something is documented, when nothing is."""
        rules = [rule for rule in (*self._rules[Scope.DAY], *self._rules[Scope.PROVIDER]) if rule.needs_log]
        return Counter({(rule.name, "no treatment-time log was supplied"): lines for rule in rules})

    def _judge(self, claims: Sequence[Claim], part: Part) -> None:
        """Judge plain claims, or one that is not."""
        context = self.context
        if context.documentation.given:
            context.documentation.read_ahead(claims)
        part.claims += self._rows.rows(claims)
        part.charges.extend([hundredths_of_cents(claim.charge_text) for claim in claims])
        for claim in claims:
            _remember_place(claim, part)
        if context.seal is not None:
            part.sent += [encode_sent(claim, context.seal) for claim in claims]
        if claims and claims[0].cut:  # its last line may be half a line: nothing is said of it
            cut = "the file is cut inside this claim"
            context.notes.append(("all rules", cut, max(1, len(claims[0].services))))
            return
        self._ask_about_claims(claims, part)
        if context.documentation.given:
            for claim in claims:
                gather_work(claim, context.documentation, part.work)
        if self._rules[Scope.LINE]:
            for line in [line for claim in claims for line in claim.lines]:
                self._ask(Scope.LINE, line, part)
        for claim in claims:
            self._ask_about_days(claim, part)
            if claim.made:
                claim.let_go()

    def _ask_about_claims(self, claims: Sequence[Claim], part: Part) -> None:
        context = self.context
        for check in self._claim_checks:
            for claim in claims:
                found = check(claim, context)
                if found:
                    self._keep(found, part, 0)
        for facet, checks, sound in self._facets:
            keys = facet(claims)
            if sound.issuperset(keys):
                continue
            for claim, key in zip(claims, keys, strict=True):
                if key in sound:
                    continue
                before, noted = len(part.findings), len(context.notes)
                for ask in checks:
                    found = ask(claim, context)
                    if found:
                        self._keep(found, part, 0)
                if len(part.findings) == before and len(context.notes) == noted:
                    if len(sound) > REMEMBERED:
                        sound.clear()
                    sound.add(key)

    def _ask_about_days(self, claim: Claim, part: Part) -> None:
        context = self.context
        if context.documentation.given:
            if not self._usually_documented(claim, part):
                self._lines_and_days(claim, part)
            return
        days = days_of_plain(claim)
        if not days:
            self._lines_and_days(claim, part)
            return
        # The usual claim: nothing documented. No line is made when it is known to be silent.
        first = context.period(days[0])
        periods = first if len(days) == 1 else tuple([context.period(day) for day in days])
        key = claim.billed.key, claim.days.pattern, claim.facility, claim.profile.name, periods
        answer = self._answers.get(key)
        if answer is not None:
            self._replay(answer)
            for day in days:
                part.days.extend((hash((claim.insured.patient_key, day)), claim.index))
            return
        noted, before = len(context.notes), len(part.findings)
        self._learning = True
        self._lines_and_days(claim, part)
        self._learning = False
        if len(part.findings) == before:
            self._remember(key, Answer((), tuple(context.notes[noted:])))

    def _usually_documented(self, claim: Claim, part: Part) -> bool:
        """Judge a plain claim of one day whose documentation is as usual; ``False`` when it is another one.

        No line is made when it is known to be silent.
        """
        days, rows = days_of_plain(claim), self.context.documentation.each(claim)
        if len(days) != 1 or rows is None or len(rows) > MOST_LINES:
            return False
        day = days[0]
        made: list[Encounter] = []

        def encounter() -> Encounter:
            if not made:
                lines = claim.lines
                made.append(Encounter(claim.patient_key, day, provider_of(lines[0]), lines))
            return made[0]

        billed = claim.billed.key, claim.facility, claim.profile.name, self.context.period(day)
        usual = self._usual.of(billed, rows, day, encounter)
        if usual is None:
            return False
        key = hash((claim.insured.patient_key, day))
        part.days.extend((key, claim.index))
        services = self._answers.get(billed)
        if services is None:
            self._learn_services(billed, claim, part)
        else:
            self._replay(services)
        answer = self._answers.get(usual.key)
        if answer is None:
            self._learn_usual(usual.key, encounter(), part, key, with_day=any(rows))
        else:
            self._replay(answer)
            if answer.speakers:
                alike = replace(encounter(), alike=usual.key)
                self._ask_rules(answer.speakers, alike, part, key)
            if answer.of_day:
                self._ask_rules(answer.of_day, _day_of(encounter()), part, key)
        timed = self._rows.timed(claim, day, usual.timed, key)
        if timed is None:
            timed = [timed_record(row, key) for row in timed_rows(encounter(), self.context)]
        part.timed += timed
        return True

    def _learn_services(self, key: Hashable, claim: Claim, part: Part) -> None:
        noted, before = len(self.context.notes), len(part.findings)
        self._learning = True
        self._ask_services(claim, part)
        self._learning = False
        if len(part.findings) == before:
            self._remember(key, Answer((), tuple(self.context.notes[noted:])))

    def _learn_usual(
        self, key: Hashable, encounter: Encounter, part: Part, day: int, *, with_day: bool
    ) -> None:
        quiet: list[Note] = []
        speakers = self._ask_for_speakers(Scope.ENCOUNTER, encounter, part, day, quiet)
        of_day: tuple[Rule, ...] = ()
        if with_day:
            of_day = self._ask_for_speakers(Scope.DAY, _day_of(encounter), part, day, quiet)
        self._remember(key, Answer(speakers, tuple(quiet), of_day=of_day))

    def _ask_services(self, claim: Claim, part: Part) -> None:
        for line in claim.lines:
            dates = line.dates
            key = (line.service.key, claim.place, claim.profile.name, dates.month, dates.days)
            self._ask_of(key, self._rules[Scope.SERVICE], line, part, 0)

    def _lines_and_days(self, claim: Claim, part: Part) -> None:
        self._ask_services(claim, part)
        for day in patient_days([claim]):
            day_key = hash((day.patient, day.day))
            part.days.append(day_key)
            part.days.append(claim.index)
            self.day(day, part, day_key)

    def _encounter(self, encounter: Encounter, part: Part, day: int) -> None:
        documentation, billed = self.context.documentation, self._encounter_key(encounter)
        documented = documentation.given and documentation.has_any(encounter.lines)
        if documentation.given and all(line.dates.days == 1 for line in encounter.lines):
            claims = tuple([documentation.has_any(claim.lines[:1]) for claim in encounter.claims])
            rows = documentation.each_of(encounter.lines)
            usual = self._usual.of((billed, claims), rows, encounter.day, lambda: encounter) if rows else None
            if usual is not None:
                answer = self._answers.get(usual.key)
                if answer is None:
                    self._learn_usual(usual.key, encounter, part, day, with_day=False)
                else:
                    self._replay(answer)
                    self._ask_rules(answer.speakers, encounter, part, day)
                return
        self._ask_of((documented, billed), self._rules[Scope.ENCOUNTER], encounter, part, day)

    def _encounter_key(self, encounter: Encounter) -> object:
        """What an encounter bills."""
        lines, context = encounter.lines, self.context
        first = lines[0].claim
        billed = tuple([line.service.key for line in lines])
        period = context.period(encounter.day)
        if first is lines[-1].claim and all(line.dates.days == 1 for line in lines):
            return billed, first.place, first.frequency, first.profile.name, period
        return (
            billed,
            tuple([(line.dates.days, line.dates.first == encounter.day) for line in lines]),
            tuple(
                [(line.claim.index - first.index, line.claim.place, line.claim.frequency) for line in lines]
            ),
            first.profile.name,
            period,
        )


def _day_of(encounter: Encounter) -> PatientDay:
    return PatientDay(encounter.patient, encounter.day, [encounter])


def _remember_place(claim: Claim, part: Part) -> None:
    """Where the claim can be read again: from its subscriber level to its end, below a billing provider."""
    block = claim.block
    head = claim.subscriber.block if claim.subscriber else block
    part.places.extend((head.start, head.ordinal, block.end))
    if claim.leads and claim.billing is not None:
        block = claim.billing.block
        part.billings.append((claim.index, (block.start, block.ordinal, block.length)))
