"""ENV005."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Location, Severity
from scrub837.rules._envelope import number_of, place, plural, read_interchanges
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope, replace
from scrub837.x12.outline import Mark

if TYPE_CHECKING:
    from scrub837.engine import Outcome


class EnvelopeCount(Rule):
    """A trailer counts other than what is there: segments (SE01), transactions (GE01) or groups (IEA01).

    What it checks
        SE01 against the segments from ST to SE, both included; GE01 against the ST of the group; IEA01
        against the GS of the interchange. Blank segments do not count. Leading zeros are no fault.
    Why it matters
        A wrong count means that something was lost or added on the way, and receivers refuse the transaction,
        the group or the file with all its claims.
    What to do
        Compare the number of claims with what the practice system meant to send. If all are there, the
        corrected file carries the true count.
    About the fix
        Safe: the count follows from the file itself. None where a header or trailer is missing, too.
    Sources
        X12 837P 005010X222A1, SE01; X12.5 GE01 and IEA01; 999 IK502 code 4 (segment count), AK905 code 5
        (number of transaction sets), TA1 note code 021 (number of included groups).
    """

    code = "ENV005"
    name = "envelope-count"
    severity = Severity.REJECT
    scope = Scope.FILE
    fix = "sometimes"
    examples = (
        Bad("97110:GP x1", edits=(("SE*", "SE*1"),)),
        Bad("97110:GP x1", edits=(("GE*1*", "GE*2*"),), fixed="GE*1*1~"),
        Bad("97110:GP x1", edits=(("IEA*1*", "IEA*3*"),), fixed="IEA*1*000000001~"),
        Bad("97110:GP x1", edits=(("IEA*1*", "IEA**"),)),
        Good("97110:GP x1"),
        Good("97110:GP x1", edits=(("SE*", "SE*000"),)),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        for task, count in zip(subject.tasks, subject.segments, strict=True):
            body = task.transaction
            if body.st and body.se:
                at = place(task.interchange, body.se, 1, group=task.group, transaction=body, segment=count)
                name = body.st.at(2)
                yield from self._compare(body.se, at, count, f"transaction {name} has", "segment", whole=True)
        for interchange in read_interchanges(subject):
            for group in interchange.groups:
                bodies = group.transactions
                if group.gs and group.ge:
                    whole = all(body.st and body.se for body in bodies)
                    count = sum(body.st is not None for body in bodies)
                    at = place(interchange, group.ge, 1, group=group)
                    name = group.gs.at(6)
                    yield from self._compare(
                        group.ge, at, count, f"group {name} has", "transaction", whole=whole
                    )
            if interchange.iea:
                groups = interchange.groups
                whole = all(group.gs and group.ge for group in groups)
                count = sum(group.gs is not None for group in groups)
                at, name = place(interchange, interchange.iea, 1), interchange.isa.at(13)
                yield from self._compare(
                    interchange.iea, at, count, f"interchange {name} has", "group", whole=whole
                )

    def _compare(
        self, trailer: Mark, at: Location, actual: int, owner: str, unit: str, *, whole: bool
    ) -> Iterable[Finding]:
        text = trailer.at(1)
        declared = number_of(text)
        if declared == actual:
            return
        yield self.finding(
            at,
            f"{at.element} says {text or 'nothing'}, but {owner} {plural(actual, unit)}.",
            why="Receivers count, too, and refuse what does not add up.",
            action=f"Check that no claim is missing; if all are there, {at.element} must be {actual}.",
            facts={"declared": text if declared is None else declared, "actual": actual},
            fix=replace(at, trailer.segment[1], str(actual)) if whole and declared is not None else None,
        )
