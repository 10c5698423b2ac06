"""ENV018."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrub837.claims.model import Claim
from scrub837.findings import Finding, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope, replace
from scrub837.x12.separators import WHITESPACE

_USUAL = [str(n) for n in range(1, 51)]  # LX01 as nearly all write it


class LxOrder(Rule):
    """The service lines of a claim are not numbered 1, 2, 3 ...

    What it checks
        LX01 of the lines of each claim, and that each SV1 has an LX before it.
    Why it matters
        Payers answer by line number; some refuse a claim whose lines do not count from 1 by one, and answers
        to the others are matched with the wrong line.
    What to do
        Let the corrected file number the lines. A line without LX has to be written again.
    About the fix
        Safe where every line has its LX: the numbers follow from the order of the lines. None where an LX is
        missing or stands alone.
    Sources
        X12 837P 005010X222A1, loop 2400 LX01: begins with 1 and is incremented by one for each line of the
        claim.
    """

    code = "ENV018"
    name = "lx-order"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "form"
    fix = "sometimes"
    examples = (
        Bad("97110:GP x1 ; 97140:GP x1", edits=(("LX*2~", "LX*3~"),), fixed="LX*2~"),
        Bad("97110:GP x1 ; 97140:GP x1", edits=(("LX*2~\n", ""),)),
        Bad("97110:GP x1", edits=(("LX*1~", "LX*A~"),)),
        Good("97110:GP x1 ; 97140:GP x1"),
        Good("97110:GP x1 ; 97140:GP x1", edits=(("LX*2~", "LX*02~"),)),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        plain = subject.plain
        if plain and [number[3:] for number in plain.numbers] == _USUAL[: len(plain.numbers)]:
            return ()
        if [line.number for line in subject.lines] == list(range(1, len(subject.lines) + 1)):
            return ()
        return self._found(subject)

    def _found(self, claim: Claim) -> Iterator[Finding]:
        segments = claim.block.segments
        heads = [n for n in range(claim.header_end, len(segments)) if segments[n][0] == "LX"]
        whole = heads == [line.at for line in claim.lines]
        for position, line in enumerate(claim.lines, start=1):
            if line.at == line.sv1_at:
                yield self.finding(
                    line.locate("SV1"),
                    f"Service line {position} ({line.procedure.code}) has no LX before its SV1.",
                    why="A service line begins with LX; without it the SV1 belongs to no line.",
                    action="Have the claim written again.",
                    facts={"line": position, "code": line.procedure.code},
                )
            elif line.number != position and whole:
                at = line.locate("LX01", line.at)
                head = segments[line.at]
                found = head[1] if len(head) > 1 else ""
                if len(head) == 2:  # blanks before the terminator are not part of the element
                    found = found.rstrip(WHITESPACE)
                yield self.finding(
                    at,
                    f"LX01 is {found.strip() or 'empty'}, but this is line {position} of the claim.",
                    why="Line numbers count from 1 by one; answers of the payer name them.",
                    action="Let the corrected file number the lines, or write the claim again.",
                    facts={"found": found.strip(), "expected": position},
                    fix=replace(at, found, str(position)) if len(head) > 1 else None,
                )
