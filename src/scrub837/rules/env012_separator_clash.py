"""ENV012."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Edit, Finding, Fix, Location, Safety, Severity
from scrub837.rules._envelope import place, read_interchanges
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.separators import ISA_ELEMENTS, WHITESPACE

if TYPE_CHECKING:
    from scrub837.engine import Outcome
    from scrub837.x12.outline import Interchange

_NAMES = {"\n": "line feed", "\r": "carriage return", " ": "blank", "\t": "tab"}


class SeparatorClash(Rule):
    """The separators that the ISA names cannot be told apart, or are not where they belong.

    What it checks
        That element separator, repetition separator (ISA11), component separator (ISA16) and segment
        terminator are four different characters, that ISA11 is a separator and not the letter U of version
        4010, and that nothing stands between ISA16 and the terminator.
    Why it matters
        Two separators that are the same split elements in the wrong place, silently. A blank before the
        terminator makes readers of fixed columns take the blank for it.
    What to do
        Set the separators in the practice system; the usual ones are * ^ : and ~.
    About the fix
        Safe for blanks between ISA16 and the terminator, which are taken away. Separators are never
        exchanged.
    Sources
        X12.5 interchange control header, ISA11 and ISA16; 005010X222A1 appendix B.1.1.2.5 (delimiters); TA1
        note codes 026 and 027 (invalid separators).
    """

    code = "ENV012"
    name = "separator-clash"
    severity = Severity.REJECT
    scope = Scope.FILE
    fix = "sometimes"
    examples = (
        Bad("97110:GP x1", edits=(("*^*00501", "*:*00501"),)),
        Bad("97110:GP x1", edits=(("*^*00501", "*U*00501"),)),
        Bad("97110:GP x1", edits=(("*P*:~", "*P*: ~"),), fixed="*P*:~"),
        Good("97110:GP x1"),
        Good("97110:GP x1", edits=(("~\n", "\n"),)),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        for interchange in read_interchanges(subject):
            isa = interchange.isa
            if len(isa.segment) == ISA_ELEMENTS + 1:
                yield from self._clash(interchange)
            bare = isa.start + sum(map(len, isa.segment)) + len(isa.segment) - 1
            if bare != isa.end:
                yield self._padded(interchange, bare)

    def _clash(self, interchange: Interchange) -> Iterable[Finding]:
        marks, isa11 = interchange.separators, interchange.isa.segment[11].strip(WHITESPACE)
        used = {
            "element separator": marks.element,
            "repetition separator (ISA11)": isa11,
            "component separator (ISA16)": marks.component,
            "segment terminator": marks.segment,
        }
        at = place(interchange, interchange.isa, 11)
        repeated = [mark for mark, count in Counter(used.values()).items() if count > 1]
        for mark in repeated:
            names = [name for name, other in used.items() if other == mark]
            yield self.finding(
                at,
                f"{_NAMES.get(mark, mark)} is {' and '.join(names)} at once; each must be another.",
                why="Elements are split in the wrong place, and nobody notices.",
                action="Set the separators in the practice system; the usual ones are * ^ : and ~.",
                facts={name: _NAMES.get(mark, mark) for name, mark in used.items()},
            )
        if not repeated and (len(isa11) != 1 or isa11.isalnum()):
            yield self.finding(
                at,
                f"ISA11 is {isa11 or 'empty'}, which is no repetition separator.",
                severity=Severity.RISK,
                why="In version 5010 ISA11 is the repetition separator; a U is what 4010 had there.",
                action="Set ISA11 to ^ in the practice system.",
                facts={"ISA11": isa11},
            )

    def _padded(self, interchange: Interchange, bare: int) -> Finding:
        isa = interchange.isa
        at = place(interchange, isa)
        edit = Edit(bare, isa.end, " " * (isa.end - bare), "")
        blanks = "a blank" if isa.end - bare == 1 else f"a run of {isa.end - bare} blanks"
        where = Location(interchange=at.interchange, element="ISA16", start=bare, end=isa.end)
        return self.finding(
            where,
            f"Between ISA16 and the segment terminator there must be nothing, but there is {blanks}.",
            why="Readers of fixed columns take the blank for the segment terminator.",
            action="Let the corrected file leave it out.",
            facts={"blanks": isa.end - bare},
            fix=Fix(safety=Safety.SAFE, before=edit.expect, after="", edits=(edit,)),
        )
