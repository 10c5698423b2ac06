"""ENV010."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import place, read_interchanges, whole_isa
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.engine import Outcome

_NAMES = {"P": "production", "T": "test"}


class UsageIndicator(Rule):
    """ISA15 says that this is a test file, or does not say whether it is.

    What it checks
        ISA15 of each interchange: P for production, T for test. Where the settings expect one of them, the
        other is an error.
    Why it matters
        A test file sent to production is acknowledged and never paid; a production file sent to a test system
        never gets there.
    What to do
        Switch the practice system between test and production before the batch is written.
    About the fix
        Never: the sender has to decide.
    Sources
        X12.5 ISA15 interchange usage indicator (005010X222A1, appendix C); TA1 note code 020.
    """

    code = "ENV010"
    name = "usage-indicator"
    severity = Severity.REJECT
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1", edits=(("*0*P*:", "*0*T*:"),)),
        Bad("97110:GP x1", edits=(("*0*P*:", "*0*X*:"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        expected = context.settings.expect_usage
        for interchange in filter(whole_isa, read_interchanges(subject)):
            usage = interchange.isa.at(15)
            if usage == "P" and expected in (None, "P"):
                continue
            named = _NAMES.get(usage)
            if named is None:
                text, severity = f"ISA15 is {usage or 'empty'}, neither P nor T.", Severity.REJECT
            elif expected and usage != expected:
                text = (
                    f"ISA15 is {usage}: a {named} file, where {_NAMES.get(expected, expected)} is expected."
                )
                severity = Severity.REJECT
            else:
                text, severity = "ISA15 is T: this is a test file.", Severity.INFO
            yield self.finding(
                place(interchange, interchange.isa, 15),
                text,
                severity=severity,
                why="What is sent as a test is not paid, and production systems refuse it.",
                action="Write the batch again with the right indicator before it is sent.",
                facts={"ISA15": usage, "expected": expected},
            )
