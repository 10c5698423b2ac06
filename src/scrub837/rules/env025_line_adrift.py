"""ENV025."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import capped, spot, transaction_start
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.tasks import TransactionRead

_WORDS = {
    "lost-line": (
        "SV1",
        "This service line belongs to no claim: there is no CLM before it.",
        "It is not counted and not checked.",
    ),
    "lx-alone": (
        "LX",
        "This LX has no SV1: a service line is announced but not billed.",
        "Receivers refuse a service line without a service; its charge is missing.",
    ),
}


class LineAdrift(Rule):
    """A service line has lost its claim, or has no service.

    What it checks
        SV1 segments that stand before the first CLM of their level, and LX segments without an SV1.
    Why it matters
        The service is not billed, and receivers refuse the claim or the transaction.
    What to do
        Have the claim written again; look whether its CLM or SV1 is damaged.
    About the fix
        Never: what is missing is not in the file.
    Sources
        X12 837P 005010X222A1, loops 2300 and 2400: LX and SV1 are both required for each line of a claim.
    """

    code = "ENV025"
    name = "line-adrift"
    severity = Severity.REJECT
    scope = Scope.TRANSACTION
    examples = (
        Bad("97110:GP x1", title="the CLM is damaged", edits=(("CLM*C1", "K3*C1"),)),
        Bad("97110:GP x1 ; 97140:GP x1", title="an SV1 is missing", edits=(("SV1*HC:97140", "K3*HC:97140"),)),
        Good("97110:GP x1 ; 97140:GP x1"),
    )

    def check(self, subject: TransactionRead, context: Context) -> Iterable[Finding]:
        counts = subject.body.oddities.counts
        for kind in _WORDS:
            if counts[kind]:
                what = "service lines outside any claim" if kind == "lost-line" else "LX without SV1"
                found, start = self._found(subject, kind), transaction_start(subject)
                yield from capped(self, found, counts[kind], start, what=what)

    def _found(self, read: TransactionRead, kind: str) -> Iterator[Finding]:
        tag, text, why = _WORDS[kind]
        for oddity in read.body.oddities.kept:
            if oddity.kind == kind:
                yield self.finding(
                    spot(read, oddity.block, oddity.at, tag, claim_index=oddity.claim_index),
                    text,
                    why=why,
                    action="Have the claim written again; look whether its CLM or SV1 is damaged.",
                    facts={"kind": kind},
                )
