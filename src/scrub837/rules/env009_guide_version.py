"""ENV009."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import place, read_interchanges, whole_isa
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.kinds import guide_of

if TYPE_CHECKING:
    from scrub837.engine import Outcome
    from scrub837.tasks import Task

CURRENT = "005010X222A1"


class GuideVersion(Rule):
    """The version of the file is not told the same way everywhere, or is not the current one.

    What it checks
        GS08 against ST03, ISA12 against both, and whether they name 005010X222A1. Claims of 005010X222 and
        005010X222A2 are read, too, and so is an 837 of version 5010 that names no guide.
    Why it matters
        Receivers choose their reader by these elements; a mismatch refuses the group or the transaction, and
        most payers take 005010X222A1 alone.
    What to do
        Set the version in the practice system or the clearinghouse profile.
    About the fix
        Never: which guide the batch was written for is not in the file.
    Sources
        X12 837P 005010X222A1, GS08, ST03 and ISA12 (00501); HIPAA adopts 005010X222 with its type 1 errata A1
        (45 CFR 162.1102); 999 AK905 code 2 and IK502 code 6.
    """

    code = "ENV009"
    name = "guide-version"
    severity = Severity.REJECT
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1", title="GS08 and ST03 differ", edits=(("0001*005010X222A1", "0001*005010X222"),)),
        Bad("97110:GP x1", title="ISA12 of 4010", edits=(("*00501*", "*00401*"),)),
        Bad("97110:GP x1", title="no guide named", edits=(("005010X222A1", "005010"),)),
        Bad("97110:GP x1", title="before the errata", edits=(("005010X222A1", "005010X222"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        for interchange in read_interchanges(subject):
            isa12 = interchange.isa.at(12)
            if isa12 != "00501" and whole_isa(interchange):
                yield self.finding(
                    place(interchange, interchange.isa, 12),
                    f"ISA12 is {isa12 or 'empty'}, but claims of version 5010 go with 00501.",
                    why="Receivers refuse an interchange of another version (TA1 017).",
                    action="Set ISA12 to 00501 in the practice system.",
                    facts={"ISA12": isa12, "expected": "00501"},
                )
        told: set[tuple[int, str, str]] = set()
        for task in subject.tasks:
            gs, st = task.group.gs, task.transaction.st
            key = id(task.group), gs.at(8) if gs else "", st.at(3) if st else ""
            if gs and st and key not in told:
                told.add(key)
                yield from self._task(task, *key[1:])

    def _task(self, task: Task, gs08: str, st03: str) -> Iterator[Finding]:
        st = task.transaction.st
        at = place(task.interchange, st, 3, group=task.group, transaction=task.transaction, segment=1)
        facts = {"GS08": gs08, "ST03": st03}
        if gs08 != st03:
            yield self.finding(
                at,
                f"GS08 is {gs08 or 'empty'}, but ST03 is {st03 or 'empty'}; they must be the same.",
                why="Receivers choose their reader by the version and refuse what names another.",
                action=f"Have the practice system write {CURRENT} in both.",
                facts=facts,
            )
        version = st03 or gs08
        if version == CURRENT:
            return
        guide = guide_of(version)
        if guide != "X222":
            text, severity = "names no guide that is known here; it was read as an 837P claim", Severity.RISK
        elif version == "005010X222":
            text, severity = "is the guide without its errata A1, which most payers refuse", Severity.RISK
        else:
            text, severity = f"is read like {CURRENT}, which payers expect", Severity.INFO
        yield self.finding(
            at,
            f"Version {version or '(none)'} {text}.",
            severity=severity,
            why=f"The adopted version of the professional claim is {CURRENT}.",
            action="Ask the receiver which version it takes and set it in the practice system.",
            facts=facts,
        )
