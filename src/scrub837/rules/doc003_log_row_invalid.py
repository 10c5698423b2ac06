"""DOC003."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scrub837.claims.documentation import BadRow
from scrub837.findings import Finding, Location, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.engine import Outcome

SHOWN = 100  # rows told one by one


class LogRowInvalid(Rule):
    """A row of the treatment-time log cannot be read.

    What it checks
        Each row for its required columns, a day written YYYY-MM-DD, times written HH:MM, whole minutes, and
        the words known for mode and provider_role.
    Why it matters
        The row counts for nothing, so the line it documents looks as if nothing were documented. All other
        rows count.
    What to do
        Correct the row; `scrub837 documentation check` tells the same without a batch.
    About the fix
        None: the log is not changed by this program.
    Sources
        Treatment-time log format of this program (docs/time-log.md).
    """

    code = "DOC003"
    name = "log-row-invalid"
    severity = Severity.RISK
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1 @9:75"),
        Bad("97110:GP x1 @-5"),
        Bad("97110:GP x1 @15 mode=both"),
        Bad("97110:GP x1 0960-1015", title="No clock shows 09:60"),
        Good("97110:GP x1 0900-0915 mode=one_on_one role=PT"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        if not context.documentation.given or not subject.tasks:
            return ()
        return self._found([stray for stray in context.documentation.strays() if isinstance(stray, BadRow)])

    def _found(self, rows: list[BadRow]) -> Iterator[Finding]:
        for row in rows[:SHOWN]:
            yield self.finding(
                Location(),
                f"Row {row.row} of {row.source} cannot be used: {'; '.join(row.problems)}.",
                why="It counts for nothing; all other rows count.",
                action="Correct the row.",
                facts={"log": row.source, "row": row.row, "problems": list(row.problems)},
            )
        if len(rows) > SHOWN:
            yield self.finding(
                Location(),
                f"{len(rows) - SHOWN} further rows of the log cannot be used.",
                why=f"Only the first {SHOWN} are told one by one.",
                action="See all of them with `scrub837 documentation check`.",
                facts={"row_count": len(rows) - SHOWN},
            )
