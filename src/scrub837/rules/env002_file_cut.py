"""ENV002."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Location, Severity
from scrub837.rules._envelope import place
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.engine import Outcome


class FileCut(Rule):
    """The file ends before its trailers: it was cut off, or is still being written.

    What it checks
        That the last interchange ends with its IEA, and that no segment is longer than X12 allows for.
    Why it matters
        A batch read while it is still uploaded looks like a smaller batch. Its totals are wrong, its last
        claim is half a claim, and sending it means sending those claims twice.
    What to do
        Leave the file where it is and check it again when the upload is complete; if it stays so, have it
        written or sent again. What is reported of the claims that are there is provisional.
    About the fix
        Never: no corrected file is written of half a file.
    Sources
        X12.5 interchange control structures: ISA is closed by IEA, GS by GE, ST by SE.
    """

    code = "ENV002"
    name = "file-cut"
    severity = Severity.REJECT
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1", title="IEA is missing", edits=(("IEA*1*000000001~\n", ""),)),
        Bad("97110:GP x1", title="cut inside IEA", edits=(("IEA*1*000000001~\n", "IEA*1*0000"),)),
        Good("97110:GP x1"),
        Good(
            "97110:GP x1", title="only the last terminator is missing", edits=(("000000001~\n", "000000001"),)
        ),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        outline = subject.outline
        if not outline.cut or (not subject.tasks and subject.others):
            return
        last = outline.interchanges[-1]
        group = last.groups[-1] if last.groups else None
        body = group.transactions[-1] if group and group.transactions else None
        end = outline.bytes if outline.too_long is None else outline.too_long
        missing = [tag for tag, there in (("GE", not group or group.ge), ("IEA", last.iea)) if not there]
        if body and body.cut:
            missing.insert(0, "SE")
        claim = body.claims_before + body.claims if body and body.cut and body.claims else None
        if outline.too_long is not None:
            where = f"holds no segment terminator from byte {end:,} on"
        elif claim:
            where = f"ends inside claim {claim:,}"
        elif body and body.cut:
            where = "ends inside a transaction, before its first claim"
        else:
            where = "ends between two transactions" if body else "ends before its first transaction"
        known = place(last, None, group=group, transaction=body)
        yield self.finding(
            Location(
                interchange=known.interchange,
                group=known.group,
                transaction=known.transaction if body and body.cut else None,
                start=end,
                end=end,
            ),
            f"The file is not complete: it {where}, and {', '.join(missing) or 'the rest'} "
            f"{'are' if len(missing) > 1 else 'is'} missing.",
            why="It was cut off or is still being uploaded; all findings and totals are provisional.",
            action="Leave it in place and check it again when it is complete; do not send it.",
            facts={
                "bytes": outline.bytes,
                "missing": missing,
                "claim_index": claim,
                "inside_claim": claim is not None,
                "inside_segment": outline.unterminated,
            },
        )
