"""MOD012."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._disciplines import ASSISTANTS, EVALUATIONS
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class AssistantOnEvaluation(Rule):
    """An evaluation carries the modifier of an assistant.

    What it checks
        CQ and CO on the therapy evaluations and re-evaluations 97161 to 97168.
    Why it matters
        An assistant cannot evaluate; the line says that one did, and is denied.
    What to do
        Take CQ or CO off if the therapist evaluated. If not, the evaluation cannot be billed.
    About the fix
        None: who evaluated does not stand in the claim.
    Sources
        Medicare Benefit Policy Manual 100-02 chapter 15 section 220 and 230: evaluations and re-evaluations
        are given by the therapist.
    """

    code = "MOD012"
    name = "asst-on-eval"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("97162:GP:CQ x1"),
        Bad("97168:GO:CO x1"),
        Good("97162:GP x1"),
        Good("97110:GP:CQ x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        code = subject.procedure.code
        if code not in EVALUATIONS:
            return ()
        sent = next((one for one in subject.procedure.modifiers if one in ASSISTANTS), None)
        if sent is None:
            return ()
        return (
            self.finding(
                subject.locate(place_of(subject, sent)),
                f"{code} is an evaluation and carries the assistant modifier {sent}.",
                why="Evaluations and re-evaluations are given by the therapist, not by an assistant.",
                action=f"Take {sent} off if the therapist evaluated; if not, do not bill the evaluation.",
                facts={"code": code, "modifier": sent},
            ),
        )
