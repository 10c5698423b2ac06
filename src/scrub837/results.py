"""What a scan gives: rows for the report, kept as the report's own JSON in spools that do not grow memory."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from scrub837.claims.named import PatientWords, below_person
from scrub837.claims.sent import Sendings
from scrub837.claims.values import read_number
from scrub837.findings import Finding, Location, NotChecked, Severity, Waived, redacted
from scrub837.fingerprints import fingerprints
from scrub837.found import BY_RANK, FindingRecord, FoundIndex
from scrub837.spool import Spool
from scrub837.timed import TimedIndex

if TYPE_CHECKING:
    from scrub837.baseline import Comparison
    from scrub837.reference.records import Edition
    from scrub837.x12.original import Original

SCHEMA = "scrub837/report-1"
Json = bytes  # an encoded record (FileReport.bytes hides the name)


class LineRow(msgspec.Struct, frozen=True, gc=False, rename={"from_": "from"}):
    """A service line in the report."""

    line: int | None
    line_control: str | None
    code: str
    modifiers: tuple[str, ...]
    units: str
    unit: str
    charge: str
    from_: str | None
    to: str | None
    place: str
    rendering: str
    minutes: int | None
    area: str | None


class PersonRow(msgspec.Struct, frozen=True, gc=False):
    """The patient, as far as a biller needs to find the claim."""

    name: str
    member_id: str
    birth_date: str


class PayerRow(msgspec.Struct, frozen=True, gc=False):
    """The payer of a claim."""

    name: str
    id: str


class ClaimRow(msgspec.Struct, frozen=True, gc=False):
    """A claim in the report."""

    claim: str
    index: int
    transaction: str | None
    patient: PersonRow
    payer: PayerRow
    profile: str
    frequency: str
    charge: str
    lines: list[LineRow]


class Counts(msgspec.Struct):
    """What was read. Charges are the sum of CLM02."""

    interchanges: int = 0
    groups: int = 0
    transactions: int = 0
    claims: int = 0
    lines: int = 0
    charge: Decimal = Decimal("0.00")


class Tally(msgspec.Struct, frozen=True):
    """What was counted beside what the file declares; ``declared`` is ``None`` where a trailer is missing."""

    what: str  # groups, transactions, segments
    element: str  # where it is declared
    counted: int
    declared: int | None


@lru_cache(1 << 13)
def money_text(amount: Decimal | None) -> str:
    """``90`` is ``90.00``; more than two decimals are kept; an amount that cannot be read is empty."""
    if amount is None:
        return ""
    cents = amount.quantize(Decimal("0.01"))
    return format(cents if cents == amount else amount, "f")


@lru_cache(1 << 13)
def amount_text(text: str) -> str:
    """The same of an amount as sent. Most are plain and need no decimal arithmetic."""
    whole, _, rest = text.partition(".")
    if len(rest) <= 2 and (whole + rest).isdecimal() and (whole[:1] != "0" or whole == "0") and whole:
        return f"{whole}.{rest:0<2}"
    return money_text(read_number(text))


class _Mark(msgspec.Struct, frozen=True, gc=False):
    """The last fields of a finding, which are known when all findings are."""

    fingerprint: str = ""
    waived: Waived | None = None
    since: str | None = None


_encode = msgspec.json.Encoder(decimal_format="string").encode
_decode = msgspec.json.Decoder(Finding).decode
_UNMARKED = b"," + _encode(_Mark())[1:]


@dataclass(slots=True)
class FileReport:
    """Everything the renderings need of one file."""

    path: str
    sha256: str
    bytes: int
    status: str  # ready | held | incomplete | refused
    counts: Counts
    claims: Spool
    claim_charges: array[int]  # charge of claim n (from 1) at n - 1, in hundredths of a cent
    found: FoundIndex
    order: list[int]  # findings in file order: numbers in ``found``
    not_checked: list[NotChecked]
    tallies: list[Tally] = field(default_factory=list)
    redact: bool = False  # no value that may name a patient leaves this report
    applied: frozenset[int] = frozenset()  # findings whose fix was written
    unapplied_reason: dict[int, str] = field(default_factory=dict)
    original: Original | None = None  # the bytes that were checked
    # of claim n, from 3n - 3 on: offset of its subscriber level, ordinal of the segment there, its own end
    places: array[int] = field(default_factory=lambda: array("q"))
    timed: TimedIndex = field(default_factory=TimedIndex)
    waived: Mapping[int, Waived] = field(default_factory=dict)  # findings that count for nothing, and why
    waivers_met: frozenset[str] = frozenset()  # waivers that were for one of the findings, by their source
    sent: Sendings | None = None  # what a ledger keeps of the claims, where one was given
    fresh: frozenset[int] | None = None  # findings that a former report does not have; None without one
    _fingerprints: array[int] | None = None
    _words: PatientWords | None = None

    def close(self) -> None:
        """Give the temporary files and the input back."""
        for spool in (self.claims, self.found.spool, self.timed.spool):
            spool.close()
        if self.sent is not None:
            self.sent.claims.close()
        if self.original is not None:
            self.original.close()

    def add(self, records: Iterable[FindingRecord]) -> None:
        """Findings that were made of this report."""
        for one in records:
            self.order.append(len(self.found.start))
            self.found.append(one)
            if one.rank >= Severity.DENY.rank and self.status == "ready":
                self.status = "held"
        self.order.sort(key=lambda number: (self.found.start[number], number))

    def finding_json(self) -> Iterator[Json]:
        """The findings in order, each as JSON, with what became of their fixes."""
        for number in self.order:
            if (
                self.redact
                or number in self.applied
                or number in self.unapplied_reason
                or number in self.waived
            ):
                yield _encode(self.finding(number))
            else:  # as it was encoded, but for what only the report knows
                mark = _encode(_Mark(self.fingerprint(number), None, self._since(number)))
                yield self.found.spool[number].removesuffix(_UNMARKED) + b"," + mark[1:]

    def findings(self) -> Iterator[Finding]:
        """The findings in order."""
        return map(self.finding, self.order)

    def finding(self, number: int, *, redact: bool = False) -> Finding:
        """The finding with this number in ``found``, with its fingerprint and what became of its fix.

        ``redact`` hides what may name a patient also where the report as a whole does not.
        """
        finding = msgspec.structs.replace(
            _decode(self.found.spool[number]),
            fingerprint=self.fingerprint(number),
            waived=self.waived.get(number),
            since=self._since(number),
        )
        if finding.fix is not None:
            reason = self.unapplied_reason.get(number, finding.fix.reason)
            fix = msgspec.structs.replace(finding.fix, applied=number in self.applied, reason=reason)
            finding = msgspec.structs.replace(finding, fix=fix)
        if self.redact or redact:
            words = self.patient_words(finding.location.claim_index)
            return redacted(finding, words, person=self._of_person(finding.location))
        return finding

    def _of_person(self, place: Location) -> bool:
        tag = (place.element or "")[:3]
        named = tag == "NM1" or tag[:2] in ("N2", "N3", "N4") or tag in ("PER", "REF", "DMG")
        if not named or self.original is None or place.start is None:
            return False
        return below_person(self.original, place.start)

    def patient_words(self, index: int | None) -> re.Pattern[str] | None:
        """What matches the words that name the patient of a claim, ``None`` where nothing does."""
        if index is None or self.original is None or 3 * index > len(self.places):
            return None
        if self._words is None:
            self._words = PatientWords(self.original, self.places)
        return self._words.pattern(index)

    def fingerprint(self, number: int) -> str:
        """What the finding with this number is known by in every run."""
        if self._fingerprints is None or len(self._fingerprints) != len(self.found.spool):
            self._fingerprints = fingerprints(self.found, self.order, self.claims)
        return f"{self._fingerprints[number]:016x}"

    def _since(self, number: int) -> str | None:
        return None if self.fresh is None else "new" if number in self.fresh else "open"

    @property
    def standing(self) -> list[int]:
        """The findings that count, in file order: those that are not waived."""
        return [number for number in self.order if number not in self.waived] if self.waived else self.order

    def claim_json(self) -> Iterator[Json]:
        """The claims in order, each as JSON."""
        for number in range(len(self.claims)):
            yield self.claims[number]

    def claim(self, index: int) -> ClaimRow:
        """The claim with this index, from 1."""
        return msgspec.json.decode(self.claims[index - 1], type=ClaimRow)

    def held_claims(self) -> dict[int, Decimal]:
        """Claims with a finding at deny or reject, and their charge."""
        limit = Severity.DENY.rank
        held = {
            self.found.claim[n] for n in self.standing if self.found.rank[n] >= limit and self.found.claim[n]
        }
        return {index: self.charge_of(index) for index in sorted(held)}

    def charge_of(self, index: int) -> Decimal:
        """CLM02 of a claim; 0 when it cannot be read."""
        return Decimal(self.claim_charges[index - 1]) / 10000

    def severities(self) -> Counter[str]:
        """How many findings of each severity."""
        return Counter(BY_RANK[self.found.rank[n]] for n in self.standing)

    def by_rule(self) -> Counter[str]:
        """How many findings of each rule."""
        return Counter(self.found.name[n] for n in self.standing)

    def worst(self) -> int:
        """The rank of the worst finding, -1 without one."""
        return max((self.found.rank[n] for n in self.standing), default=-1)

    def claims_at_or_above(self, rank: int) -> int:
        """How many claims have a finding of at least this rank."""
        return len(
            {self.found.claim[n] for n in self.standing if self.found.rank[n] >= rank and self.found.claim[n]}
        )


@dataclass(slots=True)
class Report:
    """The report of a run over one or more files."""

    files: list[FileReport]
    reference: list[EditionRow]
    baseline: Comparison | None = None  # beside a former report

    def summary(self) -> Summary:
        """The totals over all files."""
        summary = Summary(files=len(self.files))
        severities: Counter[str] = Counter()
        by_rule: Counter[str] = Counter()
        waived: Counter[str] = Counter()
        for file in self.files:
            held = file.held_claims()
            summary.claims += file.counts.claims
            summary.claims_held += len(held)
            summary.claims_clean += file.counts.claims - file.claims_at_or_above(Severity.RISK.rank)
            summary.charge_held += sum(held.values(), Decimal(0))
            severities.update(file.severities())
            by_rule.update(file.by_rule())
            waived.update(BY_RANK[file.found.rank[number]] for number in file.waived)
        summary.findings = {severity.value: severities[severity.value] for severity in Severity}
        summary.by_rule = dict(sorted(by_rule.items()))
        summary.waived = {severity.value: waived[severity.value] for severity in Severity}
        return summary


class EditionRow(msgspec.Struct, frozen=True):
    """An edition of reference data the report was made with."""

    program: str
    table: str
    edition: str
    effective_from: str | None
    effective_to: str | None
    source: str
    sha256: str
    rows: int
    starter: bool

    @classmethod
    def of(cls, edition: Edition) -> EditionRow:
        """The row of an edition."""
        first, last = edition.effective_from, edition.effective_to
        return cls(
            edition.program,
            edition.table,
            edition.edition,
            first.isoformat() if first else None,
            last.isoformat() if last else None,
            edition.source,
            edition.sha256,
            edition.rows,
            edition.starter,
        )


class Summary(msgspec.Struct):
    """Totals. ``claims_clean`` have nothing above ``info``, ``claims_held`` one at ``deny`` or worse.

    Waived findings count only as ``waived``.
    """

    files: int = 0
    claims: int = 0
    claims_clean: int = 0
    claims_held: int = 0
    charge_held: Decimal = Decimal("0.00")
    findings: dict[str, int] = {}
    by_rule: dict[str, int] = {}
    waived: dict[str, int] = {}
