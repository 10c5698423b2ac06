"""CLM041."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.model import Claim, Line
from scrub837.claims.plain import LONGEST_CONTROL
from scrub837.findings import Finding, Location, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class LineControl(Rule):
    """A line control number stands on two lines of the claim, or is too long.

    What it checks
        REF*6R of the lines: no number twice in a claim, and at most 30 characters.
    Why it matters
        The payer sends the number back with the payment of the line. With a number on two lines the payments
        and denials cannot be told apart; one that is too long comes back cut off or is refused.
    What to do
        Have the practice system number the lines of a claim without repeating.
    About the fix
        None: the number is the practice system's key.
    Sources
        X12 837P 005010X222A1, loop 2400 REF Line Item Control Number (unique within the claim, at most 30
        characters; returned in the 835).
    """

    code = "CLM041"
    name = "line-control"
    severity = Severity.RISK
    scope = Scope.CLAIM
    facet = "controls"
    examples = (
        Bad("97110:GP x1 ; 97140:GP x1", edits=(("C1L2", "C1L1"),)),
        Bad("97110:GP x1", edits=(("C1L1", "A123456789B123456789C123456789D"),), title="31 characters"),
        Good("97110:GP x1 ; 97140:GP x1"),
        Good(
            "97110:GP x1 ; 97140:GP x1", edits=(("REF*6R*C1L1~\n", ""), ("REF*6R*C1L2~\n", "")), title="none"
        ),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        plain = subject.plain
        if plain and len(set(plain.controls)) == len(plain.controls):  # these are short enough
            return ()
        return self._found(subject)

    def _found(self, claim: Claim) -> Iterator[Finding]:
        earlier: dict[str, Line] = {}
        for line in claim.lines:
            control = line.control
            if control is None:
                continue
            first = earlier.setdefault(control, line)
            if first is not line:
                yield self.finding(
                    self._place(line),
                    f"{_lines(first, line)} have the same control number ({control}).",
                    why="The payer sends the number back to tell the lines apart.",
                    action="Have the practice system number the lines of a claim without repeating.",
                    related=(self._place(first),),
                    facts={"control": control, "lines": [first.number, line.number]},
                )
            if len(control) > LONGEST_CONTROL:
                yield self.finding(
                    self._place(line),
                    f"The control number of {_line(line)} has {len(control)} characters; "
                    f"{LONGEST_CONTROL} are allowed.",
                    why="A longer number is refused or comes back cut off.",
                    action="Have the practice system give the lines shorter numbers.",
                    severity=Severity.REJECT,
                    facts={"length": len(control), "longest": LONGEST_CONTROL},
                )

    @staticmethod
    def _place(line: Line) -> Location:
        segments = line.claim.block.segments
        at = next(n for n in range(line.at, line.end) if segments[n][:2] == ["REF", "6R"])
        return line.locate("REF02", at)


def _lines(one: Line, two: Line) -> str:
    if one.number is None or two.number is None or one.number == two.number:
        return "Two lines"
    return f"Lines {one.number} and {two.number}"


def _line(line: Line) -> str:
    return "a line" if line.number is None else f"line {line.number}"
