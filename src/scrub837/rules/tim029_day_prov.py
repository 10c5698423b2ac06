"""TIM029."""

from __future__ import annotations

from collections.abc import Iterator

from scrub837.claims.provider_work import ProviderWork, Slot
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

LONG = 8 * 60  # minutes
WHOLE_DAY = 24 * 60
SHOWN = 10  # other lines that a finding names


class LongProviderDay(Rule):
    """A provider is documented one-on-one for more than eight hours of a day.

    What it checks
        The one-on-one minutes of one provider and day, over all claims of the file. More than 24 hours are
        impossible, and the lines that rest on them are likely denied.
    Why it matters
        Auditors add up a therapist's timed units by day. One-on-one time without a break, for longer than a
        working day, is hard to support.
    What to do
        Compare the log with the schedule: who treated, and when. Rows of other people belong under their own
        NPI.
    About the fix
        None: which minutes are wrong only the record tells.
    Sources
        General billing practice (eight hours are a threshold of this program, not of a payer).
    """

    code = "TIM029"
    name = "day-prov"
    severity = Severity.RISK
    scope = Scope.PROVIDER
    needs_log = True
    examples = (
        Bad("97110:GP x17 @250 || patient=B | 97110:GP x17 @250", title="500 minutes"),
        Bad("97110:GP x52 @780 || patient=B | 97110:GP x52 @780", title="1560 minutes: more than a day has"),
        Good("97110:GP x16 @240 || patient=B | 97110:GP x16 @240", title="Eight hours"),
        Good("97110:GP x17 @250 || patient=B dos=2026-11-04 | 97110:GP x17 @250", title="Two days"),
    )

    def check(self, subject: ProviderWork, context: Context) -> Iterator[Finding]:
        for day in subject.days():
            minutes = sum([slot.minutes for slot in day])
            if minutes > LONG:
                yield self._found(subject, day, minutes)

    def _found(self, work: ProviderWork, day: list[Slot], minutes: int) -> Finding:
        one_each = list({(slot.claim, slot.line): slot for slot in day}.values())
        looked_up = [work.look_up(slot) for slot in one_each[: SHOWN + 1]]
        line, interval = looked_up[0]
        npi = interval.npi or line.rendering
        patients = len({slot.patient for slot in day})
        impossible = minutes > WHOLE_DAY
        return self.finding(
            line.locate("SV1"),
            f"Provider {npi} is documented one-on-one for {minutes} minutes on {day[0].date}, "
            f"with {patients} patients.",
            why="A day has 1440 minutes." if impossible else "That is more than eight hours without a break.",
            action="Compare the log with the schedule: who treated, and when.",
            severity=Severity.DENY if impossible else Severity.RISK,
            related=[other.locate("SV1") for other, _ in looked_up[1:]],
            facts={"provider": npi, "day": day[0].date, "minutes": minutes, "patients": patients},
        )
