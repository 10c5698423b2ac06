"""ENV028."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from scrub837.findings import Finding, Severity
from scrub837.rules._elements import elements_of, with_blanks
from scrub837.rules._envelope import spot
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import Block, value

if TYPE_CHECKING:
    from scrub837.tasks import TransactionRead

_SEGMENTS = ("BHT", "NM1", "N2", "PER", "REF")
_LOOPS = {"41": "1000A", "40": "1000B"}


class HeaderBlanks(Rule):
    """A value of the submitter, the receiver or the batch has blanks before or behind it.

    What it checks
        All elements from BHT to before the first HL. Those of claims have a rule of their own.
    Why it matters
        X12 does not allow them, and a clearinghouse that compares names or ids letter by letter refuses the
        whole batch.
    What to do
        Let the corrected file leave the blanks out, and clear them in the settings of the practice system.
    About the fix
        Safe: the value stays the same.
    Sources
        X12 837P 005010X222A1, loops 1000A and 1000B, and appendix B (values are sent without leading or
        trailing blanks).
    """

    code = "ENV028"
    name = "header-blanks"
    severity = Severity.RISK
    scope = Scope.TRANSACTION
    fix = "always"
    examples = (
        Bad("97110:GP x1", edits=(("EXAMPLE BILLING*", "EXAMPLE BILLING  *"),), fixed="*EXAMPLE BILLING*"),
        Bad("97110:GP x1", edits=(("*EXBILL~", "* EXBILL ~"),), fixed="*EXBILL~"),
        Good("97110:GP x1"),
    )

    def check(self, subject: TransactionRead, context: Context) -> Iterable[Finding]:
        header = subject.body.header
        if header is None or " " not in header.text:
            return ()
        separators = header.separators
        marks = (separators.element, separators.component, separators.segment)
        if not any(f" {mark}" in header.text or f"{mark} " in header.text for mark in marks):
            return ()
        return self._found(subject, header)

    def _found(self, read: TransactionRead, header: Block) -> Iterator[Finding]:
        loop = None
        for element in elements_of(header):
            if element.tag == "NM1" and element.number == 1:
                loop = _LOOPS.get(value(header.segments[element.at], 1))
            sent, tidy = element.text, element.text.strip(" ")
            if sent == tidy or element.tag not in _SEGMENTS:
                continue
            at = msgspec.structs.replace(
                spot(read, header, element.at, element.designator, loop=loop),
                start=element.start,
                end=element.start + len(sent),
            )
            yield with_blanks(self, element, at, "some receivers")
