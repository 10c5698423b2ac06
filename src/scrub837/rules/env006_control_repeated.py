"""ENV006."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Location, Severity
from scrub837.rules._envelope import place, read_interchanges, whole_isa
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.engine import Outcome


class ControlRepeated(Rule):
    """A control number is used twice where it must be unique.

    What it checks
        ISA13 among the interchanges of the file, GS06 among the groups of an interchange, and ST02 among the
        transactions of a group. GS06 and ST02 may repeat in another interchange or group. BHT03, by which a
        batch is known, among all transactions of the file: at risk only, as not every receiver minds.
    Why it matters
        Receivers take the second one for a copy of the first and drop or refuse it, and responses can no
        longer be told apart.
    What to do
        Have the practice system write the batch again with a new number. Where two batch files were appended,
        send them as two files only after the numbers differ.
    About the fix
        Never: a new control number must come from the counter of the practice system.
    Sources
        X12.5 interchange control structures (ISA13, GS06); 005010X222A1 ST02; TA1 note code 025 (duplicate
        interchange control number); 999 AK905 code 19 (functional group control number not unique), IK502
        code 23 (transaction set control number not unique); Medicare Part B edits (BHT03 unique in a file).
    """

    code = "ENV006"
    name = "control-repeated"
    severity = Severity.REJECT
    scope = Scope.FILE
    examples = (
        Bad(
            "97110:GP x1",
            edits=(("IEA*1*000000001~", "GS*HC*A*B*20261109*0915*1*X*005010X222A1~GE*0*1~IEA*2*000000001~"),),
        ),
        Bad("97110:GP x1", edits=(("GE*1*1~", "ST*837*0001*005010X222A1~SE*2*0001~GE*2*1~"),)),
        Bad(
            "97110:GP x1",
            title="two transactions of one BHT03",
            edits=(
                (
                    "GE*1*1~",
                    "ST*837*0002*005010X222A1~BHT*0019*00*EXAMPLE*20261109*0915*CH~SE*3*0002~GE*2*1~",
                ),
            ),
        ),
        Good("97110:GP x1", edits=(("GE*1*1~", "ST*837*0002*005010X222A1~SE*2*0002~GE*2*1~"),)),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        if not subject.tasks:
            return
        known = [(i.isa.at(13), place(i, i.isa, 13)) for i in subject.outline.interchanges if whole_isa(i)]
        yield from self._repeated("ISA13", "interchange", "this file", known)
        for interchange in read_interchanges(subject):
            named = f"interchange {interchange.isa.at(13)}"
            known = [(g.gs.at(6), place(interchange, g.gs, 6, group=g)) for g in interchange.groups if g.gs]
            yield from self._repeated("GS06", "group", named, known)
            for group in interchange.groups:
                known = [
                    (body.st.at(2), place(interchange, body.st, 2, group=group, transaction=body, segment=1))
                    for body in group.transactions
                    if body.st
                ]
                named = f"group {group.gs.at(6)}" if group.gs else named
                yield from self._repeated("ST02", "transaction", named, known)
        yield from self._batches(subject)

    def _batches(self, subject: Outcome) -> Iterator[Finding]:
        known = [
            (bht.at(3), place(task.interchange, bht, 3, group=task.group, transaction=task.transaction))
            for task in subject.tasks
            if (bht := task.transaction.bht) and bht.at(3)
        ]
        for finding in self._repeated("BHT03", "transaction", "this file", known):
            yield finding.with_severity(Severity.RISK)

    def _repeated(
        self, element: str, owner: str, inside: str, numbers: list[tuple[str, Location]]
    ) -> Iterator[Finding]:
        first: dict[str, Location] = {}
        for number, at in numbers:
            key = number.lstrip("0") if number.isdecimal() else number
            if key not in first:
                first[key] = at
                continue
            yield self.finding(
                at,
                f"{element} {number or '(empty)'} is used by more than one {owner} of {inside}.",
                why=f"Receivers take the second {owner} for a copy of the first and refuse or drop it.",
                action=f"Have the practice system write it with a number of its own; never reuse {element}.",
                related=(first[key],),
                facts={element: number, "first_at": first[key].start},
            )
