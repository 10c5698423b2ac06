"""ENV004."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Location, Severity
from scrub837.rules._envelope import number_of, place, read_interchanges, whole_isa
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope, manual
from scrub837.x12.outline import Mark

if TYPE_CHECKING:
    from scrub837.engine import Outcome


class ControlMismatch(Rule):
    """A trailer carries another control number than its header.

    What it checks
        IEA02 against ISA13, GE02 against GS06 and SE02 against ST02.
    Why it matters
        The receiver cannot tell whether the segments between them belong together and refuses the file, the
        group or the transaction.
    What to do
        Find out which of the two numbers is right in the practice system, and have the batch written again.
        The numbers must be those that the response files will answer to.
    About the fix
        Never written: which number is right is not in the file.
    Sources
        X12.5 interchange control structures; TA1 note code 001 (control numbers of header and trailer
        differ), 999 AK905 code 4 (group), 999 IK502 code 3 (transaction set).
    """

    code = "ENV004"
    name = "control-mismatch"
    severity = Severity.REJECT
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1", edits=(("IEA*1*000000001", "IEA*1*000000007"),)),
        Bad("97110:GP x1", edits=(("GE*1*1", "GE*1*7"),)),
        Bad("97110:GP x1", edits=(("*0001~\nGE", "*0007~\nGE"),)),
        Bad("97110:GP x1", edits=(("*0001~\nGE", "~\nGE"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        for interchange in read_interchanges(subject):
            isa, iea = interchange.isa, interchange.iea
            if iea and whole_isa(interchange):
                yield from self._pair((isa, 13, place(interchange, isa, 13)), iea, place(interchange, iea, 2))
            for group in interchange.groups:
                gs, ge = group.gs, group.ge
                if gs and ge:
                    at, head = place(interchange, ge, 2, group=group), place(interchange, gs, 6, group=group)
                    yield from self._pair((gs, 6, head), ge, at)
        for task, count in zip(subject.tasks, subject.segments, strict=True):
            st, se = task.transaction.st, task.transaction.se
            if st and se:
                group, body = task.group, task.transaction
                at = place(task.interchange, se, 2, group=group, transaction=body, segment=count)
                head = place(task.interchange, st, 2, group=group, transaction=body, segment=1)
                yield from self._pair((st, 2, head), se, at)

    def _pair(self, opener: tuple[Mark, int, Location], tail: Mark, at: Location) -> Iterable[Finding]:
        head, number, other = opener
        right, found = head.at(number), tail.at(2)
        if right == found:
            return
        left, same = (
            f"{head.tag}{number:02d}",
            number_of(right) is not None and number_of(right) == number_of(found),
        )
        padded = same and head.tag != "ST"
        yield self.finding(
            at,
            f"{tail.tag}02 is {found or 'empty'}, but {left} is {right or 'empty'}: "
            + (
                "the same number written differently."
                if padded
                else "header and trailer must carry one number."
            ),
            severity=Severity.RISK if padded else Severity.REJECT,
            why="Some receivers compare the two as text."
            if padded
            else "Receivers refuse what such a pair encloses.",
            action="Have the batch written again with the control number of the header in the trailer.",
            related=(other,),
            facts={left: right, f"{tail.tag}02": found},
            fix=manual(found, right, "which of the two numbers is right is not in the file"),
        )
