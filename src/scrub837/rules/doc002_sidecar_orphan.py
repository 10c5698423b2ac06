"""DOC002."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scrub837.claims.documentation import BadRow, Interval
from scrub837.findings import Finding, Location, Severity
from scrub837.rules._clock import row_facts, rows_words
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.engine import Outcome

SHOWN = 100  # claims told one by one; a log of another batch would tell thousands
ROWS = 20  # of a claim


class SidecarOrphan(Rule):
    """Rows of the treatment-time log belong to no line of the batch.

    What it checks
        Whether each row's claim_id is a claim of the batch and its line_ref one of that claim's lines
        (REF*6R, else LX:n). A row without line_ref needs only its claim.
    Why it matters
        What was documented and finds no line is either a service that was not billed or a row that was meant
        for another line, whose units then look unsupported.
    What to do
        Correct claim_id or line_ref. Leave line_ref empty for a service that is not billed.
    About the fix
        None: where a row belongs only the record tells.
    Sources
        Treatment-time log format of this program (docs/time-log.md).
    """

    code = "DOC002"
    name = "sidecar-orphan"
    severity = Severity.RISK
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1 @15", edits=(("CLM*C1*", "CLM*C9*"),), title="No such claim"),
        Bad("97110:GP x1 @15", edits=(("REF*6R*C1L1~", "REF*6R*OTHER~"),), title="No such line"),
        Good("97110:GP x1 @15"),
        Good("97110:GP x1 @15 ; -97140 @7", title="Done and not billed"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        if not context.documentation.given or not subject.tasks:
            return ()
        claims: dict[tuple[str, bool], list[Interval]] = {}
        more = more_rows = 0
        for stray in context.documentation.strays():
            if isinstance(stray, BadRow):
                continue
            key = (stray.interval.claim_id, stray.has_claim)
            if key in claims:
                claims[key].append(stray.interval)
            elif len(claims) < SHOWN:
                claims[key] = [stray.interval]
            else:
                more, more_rows = 1, more_rows + 1
        return self._found(claims, more_rows if more else 0)

    def _found(self, claims: dict[tuple[str, bool], list[Interval]], more: int) -> Iterator[Finding]:
        for (claim, known), rows in claims.items():
            lines = ", ".join(dict.fromkeys(row.line_ref for row in rows)) if known else ""
            named = "rows name" if len(rows) > 1 else "row names"
            yield self.finding(
                Location(claim=claim if known else None),
                f"{len(rows)} {named} "
                + (f"line {lines} of claim {claim}, which it does not have." if known else "")
                + ("" if known else f"claim {claim}, which is not in the batch."),
                why=f"What is documented in {rows_words(rows)} belongs to no line and counts for none.",
                action="Correct claim_id or line_ref; leave line_ref empty for what is not billed.",
                facts={
                    "claim_id": claim,
                    "line_refs": list(dict.fromkeys(row.line_ref for row in rows)),
                    "codes": list(dict.fromkeys(row.code for row in rows)),
                    "row_count": len(rows),
                    "rows": row_facts(rows[:ROWS]),
                },
            )
        if more:
            yield self.finding(
                Location(),
                f"{more} further rows belong to claims that are not in the batch.",
                why=f"Only the first {SHOWN} claims are told singly; perhaps the log is of another batch.",
                action="Check that the log belongs to this batch.",
                facts={"row_count": more},
            )
