"""ENV017."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scrub837.claims.levels import LevelFault
from scrub837.findings import Finding, Fix, Location, Severity
from scrub837.rules._envelope import capped, spot, transaction_start
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope, manual, replace

if TYPE_CHECKING:
    from scrub837.tasks import TransactionRead

_ELEMENTS = {
    "number": "HL01",
    "parent": "HL02",
    "level": "HL03",
    "order": "HL03",
    "childless": "HL",
    "child-flag": "HL04",
}
_LOOPS = {"20": "2000A", "22": "2000B", "23": "2000C"}
_NAMES = {"20": "billing provider", "22": "subscriber", "23": "dependent patient"}
_WHAT = {
    "number": "HL out of number",
    "parent": "HL with a wrong parent",
    "level": "HL of an unknown level",
    "order": "HL out of order",
    "childless": "billing providers without subscriber",
    "child-flag": "HL with a wrong child code",
}


class HlLevels(Rule):
    """The levels of a transaction do not count, name or nest as they must.

    What it checks
        HL01 counts 1, 2, 3 ... from the ST; HL02 names the HL01 of the level above (the billing provider of a
        subscriber, the subscriber of a dependent) and is empty for a billing provider; HL03 is 20, 22 or 23,
        in that order; HL04 is 1 when a level below follows and 0 when none does; every claim stands below a
        subscriber. Claims are attributed by the order of the segments, whatever the numbers say.
    Why it matters
        Payers and clearinghouses refuse the whole transaction for one wrong HL number, or file a claim under
        another patient.
    What to do
        Have the practice system write the batch again. Where HL02 points to another level than the one right
        above, look whom the claim belongs to.
    About the fix
        Safe where order and HL02 agree on who belongs to whom, so that only numbers and child codes change,
        in all faulty HL of the transaction at once. Never where they disagree, or where there are more than
        can be shown.
    Sources
        X12 837P 005010X222A1, loops 2000A, 2000B and 2000C, HL01 to HL04; 999 IK304 and IK403 codes.
    """

    code = "ENV017"
    name = "hl-levels"
    severity = Severity.REJECT
    scope = Scope.TRANSACTION
    fix = "sometimes"
    examples = (
        Bad("97110:GP x1", title="HL01 leaps", edits=(("HL*2*1*22", "HL*5*1*22"),), fixed="HL*2*1*22*0~"),
        Bad("97110:GP x1", title="HL02 names no level", edits=(("HL*2*1*22", "HL*2*9*22"),)),
        Bad(
            "97110:GP x1",
            title="HL04 denies the level below",
            edits=(("20*1~", "20*0~"),),
            fixed="HL*1**20*1~",
        ),
        Bad("97110:GP x1", title="HL03 is unknown", edits=(("HL*2*1*22", "HL*2*1*21"),)),
        Bad("97110:GP x1", title="a claim below no subscriber", edits=(("HL*2*1*22*0~", "K3*X~"),)),
        Good("97110:GP x1"),
        Good("97110:GP x1 || patient=B | 97110:GP x1"),
    )

    def check(self, subject: TransactionRead, context: Context) -> Iterable[Finding]:
        levels, oddities = subject.body.levels, subject.body.oddities
        if not levels.counts and not oddities.counts["no-subscriber"]:
            return
        total = sum(levels.counts.values())
        sound = all(fault.certain for fault in levels.faults) and total == len(levels.faults)
        start = transaction_start(subject)
        for kind, count in levels.counts.items():
            faults = [fault for fault in levels.faults if fault.kind == kind]
            found = (self._fault(subject, fault, sound=sound) for fault in faults)
            yield from capped(self, found, count, start, what=_WHAT[kind])
        adrift = oddities.counts["no-subscriber"]
        yield from capped(
            self, self._without_level(subject), adrift, start, what="claims below no subscriber"
        )

    def _fault(self, read: TransactionRead, fault: LevelFault, *, sound: bool) -> Finding:
        level, element = fault.level, _ELEMENTS[fault.kind]
        at = spot(read, level.block, 0, element, loop=_LOOPS.get(level.code))
        return self.finding(
            at,
            _sentence(fault),
            why="Receivers follow HL01 and HL02 from level to level and refuse what does not fit.",
            action="Have the batch written again; claims were attributed here by the order of the segments.",
            facts={"HL01": level.id, "HL03": level.code, "found": fault.found, "expected": fault.expected},
            fix=_fix(fault, at, sound=sound),
        )

    def _without_level(self, read: TransactionRead) -> Iterator[Finding]:
        for oddity in read.body.oddities.kept:
            if oddity.kind == "no-subscriber":
                yield self.finding(
                    spot(read, oddity.block, 0, "CLM", claim_index=oddity.claim_index),
                    "This claim stands below no subscriber level (HL03 22), so nobody is insured for it.",
                    why="A claim belongs to the subscriber or dependent whose HL comes before it.",
                    action="Have the batch written again with loops 2000A and 2000B.",
                    facts={"levels": read.body.levels.seen},
                )


def _sentence(fault: LevelFault) -> str:
    level = fault.level
    who = f"HL {level.id or 'without number'} ({_NAMES.get(level.code, 'unknown level')})"
    found, expected = fault.found or "empty", fault.expected or "empty"
    if fault.kind == "number":
        return f"HL01 is {found}, but this is HL number {expected} of its transaction."
    if fault.kind == "parent":
        return (
            f"{who} names {found} as the level above in HL02; by the order of the segments it is {expected}."
        )
    if fault.kind == "level":
        return f"HL03 of HL {level.id or 'without number'} is {found}, not 20, 22 or 23."
    if fault.kind == "order":
        return f"{who} comes before any {_NAMES[fault.expected]} level."
    if fault.kind == "childless":
        return f"No subscriber level follows below {who}."
    return f"{who} has {found} in HL04, but {'a' if expected == '1' else 'no'} level follows below it."


def _fix(fault: LevelFault, at: Location, *, sound: bool) -> Fix | None:
    if fault.kind in ("level", "order", "childless"):
        return None
    number = {"number": 1, "parent": 2, "child-flag": 4}[fault.kind]
    head = fault.level.block.pieces[0].split(fault.level.block.separators.element)
    if number >= len(head):
        return None
    if not sound:
        return manual(fault.found, fault.expected, "order and numbers do not agree on who belongs to whom")
    return replace(at, head[number], fault.expected)
