"""DUP004."""

from __future__ import annotations

from collections.abc import Iterator

from scrub837.claims.earlier import EarlierClaim, EarlierLine, SentDay
from scrub837.claims.model import Claim, Line
from scrub837.claims.values import REPLACING
from scrub837.findings import Finding, Severity
from scrub837.rules._copies import service_of
from scrub837.rules._earlier import files_words, line_facts, line_words, sent_words
from scrub837.rules._pairs import bills
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_REPEATS = frozenset(("76", "77", "91"))  # say that the service was repeated


class ClaimSentBefore(Rule):
    """A claim, or one of its services, was sent in an earlier file.

    What it checks
        What a claim bills of a patient against all claims in the ledger that were sent and still stand. A
        claim is the same when its lines have the same codes, modifiers, units, places, days, provider and
        charges, whatever its CLM01. Where only services are the same (code, modifiers, units and place of
        one day and provider), the line is named; with the same CLM01 the claim has most likely been
        corrected, and that is only told. Frequency 7 and 8, lines with 76, 77 or 91, and claims that were
        replaced or voided are no duplicates. Without a ledger, and for files marked as tests, nothing is
        compared.
    Why it matters
        Payers deny the second claim as a duplicate (CO-18), and it delays the payment of the first.
    What to do
        Look up the answer to the first claim. If it was accepted, wait, or send a correction with frequency 7
        and the payer's claim number. If it was rejected, a corrected claim goes as a new one.
    About the fix
        None: a claim is never taken out of a file.
    Sources
        CMS Claims Processing Manual 100-04 chapter 1 section 120 (exact and suspect duplicates); X12 837P
        005010X222A1, loop 2300 CLM05-3.
    """

    code = "DUP004"
    name = "claim-sent-before"
    severity = Severity.DENY
    scope = Scope.EARLIER
    examples = (
        Bad("id=A | 97110:GP x2 ==> id=B | 97110:GP x2 || patient=B | 97110:GP x1"),
        Bad("id=A | 97110:GP x2 ==> id=B | 97110:GP x2 ; 97140:GP x1", title="a service of another claim"),
        Bad("id=A | 97110:GP x2 ==> id=A | 97110:GP x2 ; 97140:GP x1", title="a claim with a line more"),
        Good("97110:GP x2 ==> freq=7 f8=PAYER1 | 97110:GP x2 || patient=B | 97110:GP x1"),
        Good("id=A | 97110:GP x2 ==> id=B | 97110:GP:76 x2", title="a second session"),
        Good("id=A | 97110:GP x2 ==> id=B | 97110:GP x1", title="other units"),
        Good("id=A | 97110:GP x2 ==> id=B dos=2026-11-04 | 97110:GP x2", title="another day"),
        Good(
            "97110:GP x2 ==> freq=8 f8=PAYER1 | 97110:GP x2 ==> 97110:GP x2 || patient=B | 97110:GP x1",
            title="the first one was voided",
        ),
    )

    def check(self, subject: SentDay, context: Context) -> Iterator[Finding]:
        for claim in subject.encounter.claims:
            if claim.frequency in REPLACING:
                continue
            if claim.index in subject.copied:
                if claim.index in subject.copies:
                    yield self._copy(claim, subject.copies[claim.index])
                continue
            lines = [line for line in subject.encounter.lines if line.claim is claim]
            yield from self._services(subject, claim, lines)

    def _copy(self, claim: Claim, sent: EarlierClaim) -> Finding:
        name = "" if sent.reference == claim.id else f" as {sent.reference}"
        return self.finding(
            claim.locate("CLM01"),
            f"Claim {claim.id} was {sent_words(sent.file)}{name}, with the same services and charges.",
            why="Payers deny the second of two claims that say the same as a duplicate (CO-18).",
            action="Look up the answer to the first; correct an accepted claim with frequency 7 only.",
            facts={"claims": (sent.reference, claim.id), "sent": sent.file.day, "file": sent.file.name},
        )

    def _services(self, subject: SentDay, claim: Claim, lines: list[Line]) -> Iterator[Finding]:
        mine: list[tuple[Line, EarlierLine]] = []
        others: list[tuple[Line, EarlierLine]] = []
        for line in lines:
            if not bills(line) or not _REPEATS.isdisjoint(line.procedure.modifiers):
                continue
            twin = next((sent for sent in subject.sent if _same(line, sent)), None)
            if twin is not None and subject.encounter.day == max(line.dates.first or twin.first, twin.first):
                (mine if twin.claim.reference == claim.id else others).append((line, twin))
        if mine:
            yield self._corrected(claim, mine)
        for line, twin in others:
            yield self._service(subject, line, twin)

    def _corrected(self, claim: Claim, found: list[tuple[Line, EarlierLine]]) -> Finding:
        twins = [twin for _, twin in found]
        return self.finding(
            claim.locate("CLM01"),
            f"Claim {claim.id} was {files_words(twins[:1])} with some of the same services.",
            why="If the first was accepted, its services are denied as duplicates in a new claim.",
            action="If it was rejected, send this one; if accepted, use frequency 7 and the payer's number.",
            severity=Severity.INFO,
            related=[line.locate("SV101") for line, _ in found],
            facts={"earlier": line_facts(twins)},
        )

    def _service(self, subject: SentDay, line: Line, twin: EarlierLine) -> Finding:
        day = subject.encounter.day
        written = ":".join((line.procedure.code, *line.procedure.modifiers))
        return self.finding(
            line.locate("SV101"),
            f"{written} of {day} was {files_words([twin])} already, on {line_words([twin])}.",
            why="Payers deny the second of two lines that say the same as a duplicate (CO-18).",
            action="If it was done again, say so with 76, 77 or a side; if it is the same, take it off.",
            severity=Severity.RISK,
            facts={"code": line.procedure.code, "day": day, "earlier": line_facts([twin])},
        )


def _same(line: Line, sent: EarlierLine) -> bool:
    procedure = sent.procedure
    service = procedure.code, frozenset(procedure.modifiers), sent.days, sent.place
    return line.units == sent.units and line.unit == sent.unit and service_of(line) == service
