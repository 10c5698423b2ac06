"""ENV016."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._dates import fault_of_date
from scrub837.rules._envelope import spot
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value

if TYPE_CHECKING:
    from scrub837.tasks import TransactionRead


class BatchDate(Rule):
    """The creation date of the claims (BHT04) cannot be, or lies in the future.

    What it checks
        BHT04 of each transaction: CCYYMMDD, not after today in the time zone of the settings.
    Why it matters
        An impossible date refuses the transaction; a future one lets receivers doubt every date in it.
    What to do
        Set the clock and the time zone of the computer that writes the batches, and write the batch again.
    About the fix
        Never: when the claims were made is not in the file.
    Sources
        X12 837P 005010X222A1, BHT04 transaction set creation date.
    """

    code = "ENV016"
    name = "batch-date"
    severity = Severity.REJECT
    scope = Scope.TRANSACTION
    examples = (
        Bad("97110:GP x1", title="no such day", edits=(("EXAMPLE*20261109", "EXAMPLE*20261131"),)),
        Bad("97110:GP x1", title="in the future", edits=(("EXAMPLE*20261109", "EXAMPLE*20261121"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: TransactionRead, context: Context) -> Iterable[Finding]:
        header = subject.body.header
        if header is None:
            return
        for n, segment in enumerate(header.segments):
            if segment[0] != "BHT":
                continue
            text = value(segment, 4)
            fault = fault_of_date(text, context.today)
            if fault:
                future = fault == "future"
                yield self.finding(
                    spot(subject, header, n, "BHT04"),
                    f"BHT04 is {text}, which lies in the future."
                    if future
                    else f"BHT04 is {text or 'empty'}, which is no date written CCYYMMDD.",
                    severity=Severity.RISK if future else Severity.REJECT,
                    why="The claims cannot have been made on that day.",
                    action="Check the clock and the time zone of the computer that writes the batches.",
                    facts={"date": text, "fault": fault},
                )
            return
