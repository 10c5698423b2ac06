"""WVR001."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._waived import facts_of, of_waiver, place_of

if TYPE_CHECKING:
    from scrub837.waivers import WaiverUse


class WaiverExpired(Rule):
    """A waiver has expired: the finding that it was for stands again.

    What it checks
        The last day of each waiver against the day of the check. It is told on the first finding of a file
        that the waiver was for, with the others beside it; at the end of a run also of one that was for none.
    Why it matters
        Someone answered for the finding until that day only. It now holds the claim back as any other.
    What to do
        Correct the claim, or have the person who answers for it look again and give a new day. Take waivers
        that are done with out of the file.
    About the fix
        Never: whether a finding may be waived is a person's decision.
    Sources
        The waiver file; see docs/waivers.md.
    """

    code = "WVR001"
    name = "wvr-expired"
    severity = Severity.RISK
    scope = Scope.WAIVER
    examples = (
        Bad("waive=mod-format:2026-11-19 | 97530:gp x1", title="the last day was yesterday"),
        Bad("waive=mod-gap:2026-11-19 | 97530:GP x1", title="expired, and for nothing in the run"),
        Good("waive=mod-format:2026-11-20 | 97530:gp x1", title="the last day is today"),
    )

    def check(self, subject: WaiverUse, context: Context) -> Iterable[Finding]:
        waiver = subject.waiver
        if not subject.expired:
            return ()
        what = of_waiver(waiver)
        reason = "" if context.settings.redact else f": {waiver.reason.rstrip('.')}"  # it may name anyone
        stands = len(subject.missed)
        if subject.over:
            message = f"{what} expired on {waiver.expires}, and no finding of this run needs it."
            severity, action = Severity.INFO, "Take it out of the waiver file."
        else:
            again = "the finding stands" if stands == 1 else f"{stands:,} findings stand"
            message = f"{what} expired on {waiver.expires}: {again} again."
            severity, action = self.severity, f"Correct the claim, or have {waiver.person} look at it again."
        finding = self.finding(
            subject.missed[0] if subject.missed else place_of(waiver),
            message,
            why=f"{waiver.person} answered for it until that day{reason}.",
            action=action,
            severity=severity,
            related=subject.missed[1:],
            facts=facts_of(waiver) | {"findings": stands},
        )
        return (finding,)
