"""TIM030."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.provider_work import ProviderWork
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

QUARTER = 15
FEWEST_PATIENTS = 5
FEWEST_ROWS = 10


class RoundTimes(Rule):
    """All one-on-one minutes of a provider in this file are whole quarters of an hour.

    What it checks
        The minutes of a provider's one-on-one rows, where the file has at least ten rows of at least five
        patients.
    Why it matters
        Treatment rarely lasts exactly 15 or 30 minutes each time. Auditors read such a pattern as times
        written from the units, instead of units counted from the times.
    What to do
        Ask whether the log holds the minutes that were measured or planned.
    About the fix
        None: it is a pattern of many lines, not a fault of one.
    Sources
        General billing practice (a known audit pattern; the thresholds are of this program).
    """

    code = "TIM030"
    name = "round-times"
    severity = Severity.INFO
    scope = Scope.PROVIDER
    needs_log = True
    _five = ("A", "B", "C", "D", "E")
    examples = (
        Bad(
            " || ".join(
                f"patient={p} dos=2026-11-0{day} | 97110:GP x1 @15 ; 97140:GP x1 @30"
                for day, p in enumerate(_five, start=2)
            )
        ),
        Good(
            " || ".join(
                f"patient={p} dos=2026-11-0{day} | 97110:GP x1 @{14 + day} ; 97140:GP x1 @30"
                for day, p in enumerate(_five, start=2)
            )
        ),
        Good("97110:GP x1 @15 ; 97140:GP x1 @15", title="Too few rows to be a pattern"),
    )

    def check(self, subject: ProviderWork, context: Context) -> Iterable[Finding]:
        slots = subject.slots
        if len(slots) < FEWEST_ROWS or any(slot.minutes % QUARTER for slot in slots):
            return ()
        patients = len({slot.patient for slot in slots})
        if patients < FEWEST_PATIENTS:
            return ()
        line, interval = subject.look_up(slots[0])
        npi = interval.npi or line.rendering
        finding = self.finding(
            line.locate("SV1"),
            f"All {len(slots)} one-on-one intervals of provider {npi}, of {patients} patients, last whole "
            "quarters of an hour.",
            why="Auditors read this as times written from the units instead of units counted from the times.",
            action="Ask whether the log holds measured minutes.",
            facts={"provider": npi, "rows": len(slots), "patients": patients},
        )
        return (finding,)
