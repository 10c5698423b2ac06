"""TIM023."""

from __future__ import annotations

from collections.abc import Iterator

from scrub837.claims.provider_work import ProviderWork, Slot
from scrub837.findings import Finding, Severity
from scrub837.rules._clock import clock_words, row_facts, rows_words
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

SHOWN = 10  # other lines that a finding names


class OverlapOfProvider(Rule):
    """One provider is documented one-on-one with two patients in the same minutes.

    What it checks
        Start and stop of all one-on-one intervals and evaluations of one provider and day, over all claims
        of the file. An assistant's rows count when they carry an NPI of their own; supervised modalities,
        group treatment and rows of aides do not.
    Why it matters
        One-on-one treatment takes the provider's whole attention. Two patients treated at once are a group
        (97150), and one-on-one units billed for both are taken back.
    What to do
        Look up both notes. Correct the times or the provider if the log is wrong; if they are right, bill
        group treatment.
    About the fix
        None: a code is changed by a person.
    Sources
        CMS, 11 Part B billing scenarios for PTs and OTs (one-on-one and group); Noridian, delivery methods of
        therapy.
    """

    code = "TIM023"
    name = "time-overlap-prov"
    severity = Severity.DENY
    scope = Scope.PROVIDER
    needs_log = True
    examples = (
        Bad("97110:GP x2 0900-0930 || patient=B | 97140:GP x1 0915-0930"),
        Good("97110:GP x1 0900-0915 || patient=B | 97140:GP x1 0915-0930", title="One after the other"),
        Good("97110:GP x1 0900-0910 0920-0925 || patient=B | 97140:GP x1 0910-0920", title="Interleaved"),
        Good("97110:GP x1 0900-0915 || patient=B | G0283:GP x1 0900-0915 mode=supervised"),
        Good("97110:GP x1 0900-0915 || patient=B provider=P3 | 97140:GP x1 0900-0915", title="Two providers"),
        Good("97110:GP x1 0900-0915 role=PT || patient=B | 97140:GP x1 0900-0915 role=PTA"),
    )

    def check(self, subject: ProviderWork, context: Context) -> Iterator[Finding]:
        for day in subject.days():
            until, going = -1, list[Slot]()
            for slot in day:
                start, stop = slot.start, slot.stop
                if start is None or stop is None:
                    continue
                if start >= until:
                    until, going = stop, [slot]
                    continue
                going = [one for one in going if (one.stop or 0) > start]
                met = [one for one in going if one.patient != slot.patient]
                going.append(slot)
                until = max(until, stop)
                if met:
                    yield self._found(subject, slot, met)

    def _found(self, work: ProviderWork, slot: Slot, met: list[Slot]) -> Finding:
        line, interval = work.look_up(slot)
        others = [work.look_up(one) for one in met[:SHOWN]]
        start = slot.start or 0
        stop = min(slot.stop or 0, max(one.stop or 0 for one in met))
        npi = interval.npi or line.rendering
        claims = list(dict.fromkeys(other.claim.id for other, _ in others))
        rows = [interval, *(row for _, row in others)]
        return self.finding(
            line.locate("SV1"),
            f"Provider {npi} is documented one-on-one {clock_words(start, stop)} on {slot.date} for claim "
            f"{line.claim.id} and for another patient's claim {', '.join(claims)}.",
            why=f"One-on-one treatment takes the whole attention; see {rows_words(rows)}.",
            action="Look up both notes; correct the times or the provider, or bill group treatment.",
            related=[other.locate("SV1") for other, _ in others],
            facts={
                "provider": npi,
                "day": slot.date,
                "clock": clock_words(start, stop),
                "claims": [line.claim.id, *claims],
                "codes": [line.procedure.code, *(other.procedure.code for other, _ in others)],
                "rows": row_facts(rows),
            },
        )
