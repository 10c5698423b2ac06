"""CLM011."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Location, Severity
from scrub837.rules._npi import is_shifted
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value

if TYPE_CHECKING:
    from scrub837.tasks import TransactionRead

_WHO = {"41": ("submitter", "1000A"), "40": ("receiver", "1000B")}


class SubmitterId(Rule):
    """The submitter or receiver of the transaction has no id.

    What it checks
        NM109 of the submitter (NM1*41) and of the receiver (NM1*40). Where NM1 has one element too few, so
        that the id stands a place too early, the finding says so.
    Why it matters
        Without them nobody can tell whose file it is: the whole transaction is refused.
    What to do
        Enter the submitter and receiver ids that the clearinghouse gave, or have the practice system write
        all elements of the segment, empty ones too.
    About the fix
        None: ids are not guessed.
    Sources
        X12 837P 005010X222A1, loops 1000A and 1000B, NM108 (46) and NM109.
    """

    code = "CLM011"
    name = "submitter-id"
    severity = Severity.REJECT
    scope = Scope.TRANSACTION
    examples = (
        Bad("97110:GP x1", edits=(("BILLING*****46*EXBILL", "BILLING****46*EXBILL"),)),
        Bad("97110:GP x1", edits=(("*****46*EXCLR01", "*****46*"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: TransactionRead, context: Context) -> Iterator[Finding]:
        header, envelope = subject.body.header, subject.body.envelope
        for at, segment in enumerate(header.segments if header else ()):
            role = value(segment, 1)
            if header is None or segment[0] != "NM1" or role not in _WHO or value(segment, 9):
                continue
            who, loop = _WHO[role]
            start, end = header.span(at, 9)
            shifted = is_shifted(segment)
            yield self.finding(
                Location(
                    interchange=envelope.interchange,
                    group=envelope.group,
                    transaction=envelope.transaction,
                    loop=loop,
                    segment=header.ordinal_of(at),
                    element="NM109",
                    start=start,
                    end=end,
                ),
                f"The id of the {who} ({loop}) stands one element too early: an element is missing before it."
                if shifted
                else f"The {who} ({loop}) has no id.",
                why="The transaction is refused when nobody can tell whose it is.",
                action="Have the practice system write all elements of NM1, empty ones too."
                if shifted
                else f"Enter the id of the {who} that the clearinghouse gave.",
                facts={"role": role, "loop": loop, "fault": "shifted" if shifted else "missing"},
            )
