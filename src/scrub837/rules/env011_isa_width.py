"""ENV011."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Edit, Finding, Fix, Safety, Severity
from scrub837.rules._envelope import place, plural, read_interchanges
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.outline import Interchange, Mark
from scrub837.x12.separators import ISA_ELEMENTS, ISA_WIDTHS

if TYPE_CHECKING:
    from scrub837.engine import Outcome

_PADDED = (2, 4, 6, 8)  # elements that are filled up with blanks


class IsaWidth(Rule):
    """The ISA is not laid out as it must be: 16 elements of fixed widths, 106 characters in all.

    What it checks
        How many elements the ISA has and how wide each is. The separators are read by splitting, so that a
        wrong width does no harm here.
    Why it matters
        Many receivers read the separators from fixed columns of the ISA. One blank too few or too many, often
        lost by copy and paste, and the whole file is unreadable to them.
    What to do
        Let the corrected file pad the elements, or transfer the file without editing it.
    About the fix
        Safe where only blanks at the end of ISA02, ISA04, ISA06 or ISA08 are added or taken away. Any other
        width is never guessed.
    Sources
        X12.5 interchange control header; 005010X222A1 appendix C: ISA is the only segment of fixed widths.
    """

    code = "ENV011"
    name = "isa-width"
    severity = Severity.REJECT
    scope = Scope.FILE
    fix = "sometimes"
    examples = (
        Bad("97110:GP x1", edits=(("EXAMPLESENDER  *ZZ", "EXAMPLESENDER*ZZ"),), fixed="*EXAMPLESENDER  *ZZ*"),
        Bad("97110:GP x1", edits=(("*000000001*0*P", "*1*0*P"), ("IEA*1*000000001", "IEA*1*1"))),
        Bad("97110:GP x1", title="an element is missing", edits=(("*0*P*:", "*P*:"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        for interchange in read_interchanges(subject):
            elements = interchange.isa.segment[1:]
            if len(elements) != ISA_ELEMENTS:
                yield self.finding(
                    place(interchange, interchange.isa),
                    f"The ISA has {plural(len(elements), 'element')} instead of {ISA_ELEMENTS}.",
                    why="Receivers read its parts from wrong places, or refuse the file.",
                    action="Have the file written again; do not edit the ISA by hand.",
                    facts={"elements": len(elements), "expected": ISA_ELEMENTS},
                )
                continue
            widths = ((n, len(text), ISA_WIDTHS[n]) for n, text in enumerate(elements, start=1))
            wrong = [(n, width, right) for n, width, right in widths if width != right]
            if wrong:
                yield self._widths(interchange, wrong)

    def _widths(self, interchange: Interchange, wrong: list[tuple[int, int, int]]) -> Finding:
        said = ", ".join(f"ISA{n:02d} has {width} characters instead of {right}" for n, width, right in wrong)
        edits = [_padding(interchange.isa, n, right) for n, _, right in wrong]
        fix = None
        if all(edits):
            made = tuple(edit for edit in edits if edit)
            before, after = (
                "*".join(texts) for texts in zip(*((e.expect, e.new) for e in made), strict=True)
            )
            fix = Fix(safety=Safety.SAFE, before=before, after=after, edits=made)
        return self.finding(
            place(interchange, interchange.isa),
            f"The ISA is not of fixed width: {said}.",
            why="Many receivers read the separators from columns 4, 105 and 106 of the file.",
            action="Let the corrected file pad it." if fix else "Have the file written again.",
            facts={f"ISA{n:02d}": {"width": width, "expected": right} for n, width, right in wrong},
            fix=fix,
        )


def _padding(isa: Mark, element: int, width: int) -> Edit | None:
    """What gives an element its width by blanks at its end alone."""
    text = isa.segment[element]
    padded = text.rstrip(" ").ljust(width)
    if element not in _PADDED or len(padded) != width or not text.isprintable():
        return None
    return Edit(*isa.span(element), text, padded)
