"""MOD042."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.tables import last_valid_day
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class CodeDeleted(Rule):
    """The procedure code had ended before the date of service.

    What it checks
        Codes known here to have ended, against the first date of service. The list holds codes that therapy
        and chiropractic practices still send; it is not the whole code set.
    Why it matters
        A code is valid by date of service. The line is denied, or the claim returned as not processable.
    What to do
        Look up which code describes the service on that day.
    About the fix
        None: another code is another statement about what was done.
    Sources
        Yearly code set changes (CMS HCPCS quarterly update; AMA yearly edition).
    """

    code = "MOD042"
    name = "code-deleted"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("97001:GP x1"),
        Bad("dos=2018-01-01 | 97532:GO x1", title="the first day without the code"),
        Good("dos=2017-12-31 | 97532:GO x1", title="its last day"),
        Good("97161:GP x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        code, first = subject.procedure.code, subject.dates.first
        last = last_valid_day(code)
        if last is None or first is None or first <= last:
            return ()
        return (
            self.finding(
                subject.locate("SV101-2"),
                f"{code} ended on {last}; the service is of {first}.",
                why="A code counts by date of service, and this one no longer exists on that day.",
                action="Look up which code describes the service on that day.",
                facts={"code": code, "last_valid_day": last, "from": first},
            ),
        )
