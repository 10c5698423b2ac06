"""ENV013."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import place
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.engine import Outcome


class GroupCode(Rule):
    """The functional group of the claims is not marked as health care claims.

    What it checks
        GS01 of each group that holds 837P transactions: HC.
    Why it matters
        Receivers route a group by GS01; claims under another code go to the wrong reader and the group is
        refused.
    What to do
        Set GS01 to HC in the practice system or the clearinghouse profile.
    About the fix
        Never: a wrong GS01 usually means that the group was put together wrongly.
    Sources
        X12 837P 005010X222A1, GS01 functional identifier code HC (health care claim, 837); 999 AK905 code 1.
    """

    code = "ENV013"
    name = "group-code"
    severity = Severity.REJECT
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1", edits=(("GS*HC*", "GS*HP*"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        groups = {id(task.group): task for task in subject.tasks}
        for task in groups.values():
            gs = task.group.gs
            if gs is None or gs.at(1) == "HC":
                continue
            yield self.finding(
                place(task.interchange, gs, 1, group=task.group),
                f"GS01 is {gs.at(1) or 'empty'}, but a group of claims is marked HC.",
                why="Receivers route a group by GS01 and refuse claims under another code.",
                action="Set GS01 to HC in the practice system.",
                facts={"GS01": gs.at(1), "expected": "HC"},
            )
