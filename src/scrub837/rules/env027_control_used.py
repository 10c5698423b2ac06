"""ENV027."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scrub837.claims.earlier import EarlierFile, SentFile
from scrub837.claims.sent import ControlNumbers
from scrub837.findings import Finding, Location, Severity
from scrub837.rules._earlier import sent_words
from scrub837.rules._envelope import place
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class ControlUsed(Rule):
    """A control number was used in an earlier file between the same two parties.

    What it checks
        ISA13 of each interchange and GS06 of each group against all files in the ledger that were sent from
        the same ISA06 to the same ISA08, however long ago. A repeated GS06 in an interchange with a new
        ISA13 is only told. Not asked of a file whose very bytes were sent before: batch-sent-before tells of
        it. Without a ledger, and for files marked as tests, nothing is compared.
    Why it matters
        Receivers take the second interchange for a copy of the first and refuse or drop it, often without a
        word; and a 999 or TA1 can no longer be told to belong to one of them.
    What to do
        Have the practice system write the batch with the next number of its counter. If a counter was set
        back after a restored backup, set it beyond the last number used.
    About the fix
        None: a new control number must come from the counter of the practice system.
    Sources
        X12.5 interchange control structures (ISA13); TA1 note code 025 (duplicate interchange control
        number); 999 AK905 code 19 (functional group control number not unique).
    """

    code = "ENV027"
    name = "control-used-before"
    severity = Severity.REJECT
    scope = Scope.EARLIER_FILE
    examples = (
        Bad("97110:GP x1 ==> patient=B | 97110:GP x2"),
        Good("isa=000000001 gs=1 | 97110:GP x1 ==> isa=000000002 gs=2 patient=B | 97110:GP x2"),
        Good("97110:GP x1 ==> 97110:GP x1", title="the same bytes are told of by batch-sent-before"),
    )

    def check(self, subject: SentFile, context: Context) -> Iterator[Finding]:
        if subject.same_bytes is not None:
            return
        told: set[int] = set()
        for numbers, interchange, group in subject.groups:
            used = subject.used_interchanges.get(numbers)
            if used is not None and interchange.isa.start not in told:
                told.add(interchange.isa.start)
                yield self._found("ISA13", place(interchange, interchange.isa, 13), numbers, used)
            elif used is None and group.gs is not None:
                yield from self._group(
                    subject.used_groups, numbers, place(interchange, group.gs, 6, group=group)
                )

    def _group(
        self, used: Mapping[ControlNumbers, EarlierFile], numbers: ControlNumbers, at: Location
    ) -> Iterator[Finding]:
        if numbers in used:
            yield self._found("GS06", at, numbers, used[numbers], Severity.INFO)

    def _found(
        self,
        element: str,
        at: Location,
        numbers: ControlNumbers,
        used: EarlierFile,
        severity: Severity | None = None,
    ) -> Finding:
        number = numbers.interchange if element == "ISA13" else numbers.group
        return self.finding(
            at,
            f"{element} {number} was used before, {sent_words(used)}.",
            why=f"{numbers.receiver} may take this file for a copy of that one and refuse or drop it.",
            action="Have the practice system write the batch again with the next number of its counter.",
            severity=severity,
            facts={element: number, "sent": used.day, "file": used.name, "receiver": numbers.receiver},
        )
