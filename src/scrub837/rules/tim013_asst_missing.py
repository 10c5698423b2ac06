"""TIM013."""

from __future__ import annotations

from collections.abc import Iterator

from scrub837.claims.encounters import Encounter
from scrub837.claims.timing import count
from scrub837.findings import Finding, Severity
from scrub837.rules._assistants import Assisted, assisted
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class AssistantMissing(Rule):
    """An assistant gave units that are billed without CQ or CO.

    What it checks
        For payers whose profile sets ``assistant-modifiers`` (Medicare): who gave the minutes of the
        lines with GP or GO. A unit of a timed code needs CQ (PTA) or CO (OTA) when the assistant gave
        more than a tenth of it; since 2022 the last unit does not when the therapist alone gave eight
        minutes or more. Untimed codes need it when the assistant gave more than a tenth of the service.
        Time of both together is the therapist's.
    Why it matters
        Medicare pays such units at 85 percent since 2022; without the modifier the claim is overpaid.
    What to do
        Add the modifier to the units the assistant gave; units with and without go on two lines.
    About the fix
        None: who gave a service is for the practice to say.
    Sources
        CMS, billing examples using CQ and CO modifiers for services furnished in whole or in part by PTAs and
        OTAs; CMS Claims Processing Manual 100-04 chapter 5 section 20.1.
    """

    code = "TIM013"
    name = "asst-missing"
    severity = Severity.RISK
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x1 @15 role=PTA"),
        Bad("97110:GP x1 0900-0905/PT 0905-0915/PTA", title="10 of 15 minutes"),
        Bad("97530:GO x2 0900-0915/OT 0915-0930/OTA", title="One of two units"),
        Bad("97012:GP x1 @15 role=PTA", title="An untimed service"),
        Bad("dos=2021-11-03 | 97110:GP x1 0900-0908/PT 0908-0915/PTA", title="Before 2022 a tenth decides"),
        Good("97110:GP:CQ x1 @15 role=PTA"),
        Good(
            "97110:GP x1 0900-0908/PT 0908-0915/PTA",
            title="The therapist gave eight minutes of the last unit",
        ),
        Good("97110:GP x1 0900-0915/PT 0900-0915/PTA", title="Both together"),
        Good("97110:GP:CQ x1 @23 role=PTA ; 97110:GP x1 @13 role=PT ; 97140:GP x2 @30 role=PT"),
        Good("payer=CI | 97110:GP x1 @15 role=PTA", title="Not a payer that asks for it"),
        Good("97110:GP x1", title="Without a log nobody knows who gave it"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterator[Finding]:
        for code in assisted(subject, context):
            if code.unclear:
                context.not_checked(self, code.unclear, len(code.lines))
            elif code.need > code.have:
                yield self._of_code(code)

    def _of_code(self, assisted: Assisted) -> Finding:
        lines, therapist, assistant = assisted.lines, assisted.therapist, assisted.assistant
        modifier, need, have = assisted.modifier, assisted.need, assisted.have
        line = next(line for line in lines if modifier not in line.procedure.modifiers)
        units = int(sum(line.units or 0 for line in lines))
        code = line.procedure.code
        rest = f" and {count(units - need, 'unit')} without it, on two lines" if units > need else ""
        return self.finding(
            line.locate("SV101"),
            f"An assistant gave {assistant} of {count(therapist + assistant, 'minute')} of {code}: "
            f"{need} of {count(units, 'unit')} must carry {modifier}; billed with it: {have or 'none'}.",
            why="Medicare pays an assistant's units at 85 percent; without the modifier they are overpaid.",
            action=f"Bill {count(need, 'unit')} of {code} with {modifier}{rest}.",
            related=[other.locate("SV101") for other in lines if other is not line],
            facts={
                "code": code,
                "modifier": modifier,
                "therapist_minutes": therapist,
                "assistant_minutes": assistant,
                "units": units,
                "units_with_modifier": have,
                "units_needing_modifier": need,
            },
        )
