"""What the HTML page shows of a file, as values made one at a time while the page is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scrub837.findings import Finding, Severity, Waived
from scrub837.report.charts import Bar, Chart
from scrub837.report.claim_words import LONG, MANY, alike, line_marks, to_do
from scrub837.report.excerpt import Excerpt, excerpt
from scrub837.report.groups import Group, Grouped, group_alike
from scrub837.report.overview import Unchecked, Verdict, corrections, unchecked, verdict
from scrub837.report.survey import RISK, Survey, findings_of, survey, tally_rules
from scrub837.report.timed_days import day_words
from scrub837.report.words import BY_RANK, count, money
from scrub837.results import ClaimRow, FileReport, LineRow

TOP = 5  # rules in the chart
IN_FULL = 500  # claims; a browser would be long about more of them, and so would a person
AT_ONCE = 100  # claims whose timed days are read together


@dataclass(frozen=True, slots=True)
class Item:
    """One finding of a card, with its segment as it stands in the file."""

    number: int
    finding: Finding
    raw: Excerpt | None


@dataclass(frozen=True, slots=True)
class Card:
    """Findings that say the same of several places; why and what to do stand once."""

    severity: Severity
    code: str
    name: str
    items: tuple[Item, ...]
    why: str
    action: str


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim with its findings."""

    row: ClaimRow
    cards: tuple[Card, ...]  # worst first
    more: tuple[Card, ...]  # beyond what is shown at once
    marks: dict[int | None, Severity]  # lines with findings
    lines: Sequence[LineRow]  # shown at once
    quiet: Sequence[LineRow]  # of a long claim, those without findings
    times: tuple[str, ...]
    severities: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A finding in the table of a group; ``claim`` is ``None`` for one on the file."""

    number: int
    finding: Finding
    claim: ClaimRow | None
    line: LineRow | None
    whole: bool  # the claim is shown in full elsewhere on the page


class GroupView:
    """A group with one finding that stands for all. Its rows are read when they are asked for."""

    def __init__(self, file: FileReport, group: Group, at: int, whole: set[int]) -> None:
        self.group = group
        self.at = at
        self.severity = BY_RANK[group.rank]
        self.finding = file.finding(group.first)
        self.raw = excerpt(file, self.finding.location)
        self.action = to_do(self.finding)
        self._file = file
        self._whole = whole

    @property
    def head(self) -> str:
        """How many."""
        findings, group = len(self.group.findings), self.group
        if not group.claims:
            return count(findings, "finding")
        on = count(group.claims, "claim")
        return f"{count(findings, 'finding')} on {on}" if findings > group.claims else on

    def rows(self) -> Iterator[Row]:
        """Its findings, those on the claims of most money first."""
        file, of = self._file, self._file.found.claim
        charge = file.claim_charges
        numbers = sorted(self.group.findings, key=lambda n: (-charge[of[n] - 1] if of[n] else 0, of[n], n))
        return _rows(file, numbers, self._whole)


class FileView:
    """One file of the report."""

    def __init__(self, file: FileReport, at: int) -> None:
        self.file = file
        self.at = at  # n-th of the report, from 1
        self.seen: Survey = survey(file)
        self.verdict: Verdict = verdict(file, self.seen)
        self.grouped: Grouped = group_alike(file, least=RISK)
        claims = [claim for claim in self.seen.to_work if claim in self.grouped.alone]
        self.claims, self.rest = claims[:IN_FULL], claims[IN_FULL:]
        whole = set(self.claims)
        self.groups = [GroupView(file, one, at, whole) for at, one in enumerate(self.grouped.groups, 1)]
        known = group_alike(file, least=0, most=0, few=0)
        after = len(self.groups) + 1
        self.good_to_know = [GroupView(file, one, at, whole) for at, one in enumerate(known.of_claims, after)]
        self.severities = file.severities()
        self._whole = whole

    @property
    def untouched(self) -> int:
        """Claims with nothing to work."""
        return self.file.counts.claims - len(self.seen.to_work)

    @property
    def corrections(self) -> list[str]:
        """What became of the corrections."""
        return corrections(self.file, self.seen)

    @property
    def unchecked(self) -> list[Unchecked]:
        """What could not be checked."""
        return unchecked(self.file)

    @property
    def reasons(self) -> dict[str, int]:
        """Why something could not be checked, and how many lines that leaves open at most."""
        reasons: dict[str, int] = {}
        for one in self.unchecked:
            reasons[one.reason] = max(one.lines, reasons.get(one.reason, 0))
        return dict(sorted(reasons.items(), key=lambda item: -item[1]))

    def severity_chart(self) -> Chart:
        """Findings by severity."""
        numbers = ((one.value, self.severities[one.value]) for one in Severity)
        return Chart(tuple(Bar(name.capitalize(), count(n, "finding"), n, name) for name, n in numbers))

    def rule_chart(self) -> Chart:
        """The rules that spoke on most claims, worst first."""
        bars = []
        for rule in tally_rules(self.file, least=RISK)[:TOP]:
            code, tone = self.file.finding(rule.first).code, BY_RANK[rule.rank].value
            told = count(rule.claims, "claim") if rule.claims else "the file"
            more = f", {money(rule.charge)}" if rule.claims else ""
            bars.append(Bar(f"{code} {rule.name}", told, rule.findings, tone, f"rule-{code}", more))
        return Chart(tuple(bars))

    def file_cards(self) -> tuple[Card, ...]:
        """Findings on the file that are in no group, worst first."""
        rank, member = self.file.found.rank, self.grouped.member
        standing = [n for n in self.seen.file_level if n not in member]
        return _cards(self.file, sorted(standing, key=lambda n: (-rank[n], n)))

    def claim_views(self) -> Iterator[ClaimView]:
        """The claims that are told one by one, by money at risk."""
        file, told = self.file, findings_of(self.file, self.claims, least=0)
        for first in range(0, len(self.claims), AT_ONCE):
            claims = self.claims[first : first + AT_ONCE]
            days = file.timed.of_claims(claims)
            for claim in claims:
                times = [day_words(day, claim) for day in days[claim]]
                yield _claim(file, file.claim(claim), told[claim], times)

    def rest_severities(self) -> list[str]:
        """The severities of what was found on the claims that are not told in full."""
        return [BY_RANK[rank].value for rank in sorted({self.file.found.rank[n] for n in self._rest()})]

    def rest_codes(self) -> list[str]:
        """The rules that found something on the claims that are not told in full."""
        first = {self.file.found.name[number]: number for number in self._rest()}
        return sorted(self.file.finding(number).code for number in first.values())

    def rest_rows(self) -> Iterator[Row]:
        """The findings on the claims that are not told in full, those of most money first."""
        return _rows(self.file, self._rest(), self._whole)

    def _rest(self) -> Iterator[int]:
        for numbers in findings_of(self.file, self.rest, least=RISK).values():
            yield from numbers

    def waived(self) -> Iterator[tuple[Row, Waived]]:
        """The findings somebody answers for."""
        for row in _rows(self.file, sorted(self.file.waived), self._whole):
            assert row.finding.waived is not None  # noqa: S101 - that is how they were chosen
            yield row, row.finding.waived


def claim_view(file: FileReport, claim: int) -> ClaimView:
    """One claim, by its index."""
    told, days = findings_of(file, [claim], least=0), file.timed.of_claims([claim])
    return _claim(file, file.claim(claim), told[claim], [day_words(day, claim) for day in days[claim]])


def _claim(file: FileReport, row: ClaimRow, numbers: Sequence[int], times: Iterable[str]) -> ClaimView:
    rank = file.found.rank
    cards = _cards(file, sorted(numbers, key=lambda number: (-rank[number], number)))
    findings = [item.finding for card in cards for item in card.items]
    standing = [finding for finding in findings if finding.waived is None]
    marks = line_marks(row, standing)
    lines, quiet = row.lines, list[LineRow]()
    if len(lines) > LONG:
        quiet = [line for line in lines if line.line not in marks]
        lines = [line for line in lines if line.line in marks]
    return ClaimView(
        row,
        cards[:MANY],
        cards[MANY:],
        marks,
        lines,
        quiet,
        tuple(times),
        tuple(dict.fromkeys(finding.severity.value for finding in standing)),
        tuple(dict.fromkeys(finding.code for finding in findings)),
    )


def _cards(file: FileReport, numbers: Sequence[int]) -> tuple[Card, ...]:
    findings = [file.finding(number) for number in numbers]
    left = iter(numbers)
    return tuple(
        Card(
            group[0].severity,
            group[0].code,
            group[0].name,
            tuple(Item(next(left), finding, excerpt(file, finding.location)) for finding in group),
            group[0].why,
            to_do(group[0]),
        )
        for group in alike(findings)
    )


def _rows(file: FileReport, numbers: Iterable[int], whole: set[int]) -> Iterator[Row]:
    claim: ClaimRow | None = None
    for number in numbers:
        finding, index = file.finding(number), file.found.claim[number]
        if not index:
            claim = None
        elif claim is None or claim.index != index:
            claim = file.claim(index)
        place = finding.location.line
        lines = claim.lines if claim and place is not None else []
        line = next((line for line in lines if line.line == place), None)
        yield Row(number, finding, claim, line, index in whole)
