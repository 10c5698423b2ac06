"""ENV015."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Location, Severity
from scrub837.rules._dates import fault_of_date, is_time
from scrub837.rules._envelope import place, read_interchanges, whole_isa
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.engine import Outcome


class EnvelopeDate(Rule):
    """The date or time of the envelope cannot be, or lies in the future.

    What it checks
        ISA09 (YYMMDD), ISA10 (HHMM), GS04 (CCYYMMDD) and GS05 (HHMM, HHMMSS or HHMMSSDD). Future means after
        today in the time zone of the settings.
    Why it matters
        Medicare and other receivers refuse a group that was made tomorrow, and any date that no calendar has.
    What to do
        Set the clock and the time zone of the computer that writes the batches, and write the batch again.
    About the fix
        Never: when the batch was made is not in the file.
    Sources
        X12 837P 005010X222A1, GS04 and GS05; X12.5 ISA09 and ISA10; Medicare 837P edits: GS04 must not be a
        future date; TA1 note codes 014 and 015 (invalid date, invalid time).
    """

    code = "ENV015"
    name = "envelope-date"
    severity = Severity.REJECT
    scope = Scope.FILE
    examples = (
        Bad(
            "97110:GP x1",
            title="in the future",
            edits=(("EXAMPLERECEIVER*20261109", "EXAMPLERECEIVER*20261121"),),
        ),
        Bad(
            "97110:GP x1", title="no such day", edits=(("EXAMPLERECEIVER*261109", "EXAMPLERECEIVER*260231"),)
        ),
        Bad("97110:GP x1", title="no such time", edits=(("20261109*0915*1*X", "20261109*2460*1*X"),)),
        Good("97110:GP x1"),
        Good(
            "97110:GP x1",
            title="made today",
            edits=(("EXAMPLERECEIVER*20261109", "EXAMPLERECEIVER*20261120"),),
        ),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        today = context.today
        for interchange in read_interchanges(subject):
            isa = interchange.isa
            if whole_isa(interchange):
                fault = fault_of_date(isa.at(9), today, short=True)
                yield from self._date(place(interchange, isa, 9), isa.at(9), fault, "YYMMDD")
                yield from self._time(place(interchange, isa, 10), isa.at(10), fits=is_time(isa.at(10)))
            for group in interchange.groups:
                if group.gs is None:
                    continue
                day, time = group.gs.at(4), group.gs.at(5)
                at = place(interchange, group.gs, 4, group=group)
                yield from self._date(at, day, fault_of_date(day, today), "CCYYMMDD")
                yield from self._time(place(interchange, group.gs, 5, group=group), time, fits=is_time(time))

    def _date(self, at: Location, text: str, fault: str | None, form: str) -> Iterable[Finding]:
        if fault == "future":
            yield self.finding(
                at,
                f"{at.element} is {text}, which lies in the future.",
                why="Receivers refuse a batch that was made after today.",
                action="Check the clock and the time zone of the computer that writes the batches.",
                facts={"date": text, "fault": fault},
            )
        elif fault:
            yield self.finding(
                at,
                f"{at.element} is {text or 'empty'}, which is no date written {form}.",
                why="Receivers refuse a date that no calendar has.",
                action="Have the batch written again.",
                facts={"date": text, "fault": fault},
            )

    def _time(self, at: Location, text: str, *, fits: bool) -> Iterable[Finding]:
        if not fits:
            yield self.finding(
                at,
                f"{at.element} is {text or 'empty'}, which is no time of the day.",
                why="Receivers refuse a time that no clock has.",
                action="Have the batch written again.",
                facts={"time": text},
            )
