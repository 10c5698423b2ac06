"""ENV022."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Location, Severity
from scrub837.rules._envelope import plural
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.engine import Outcome

_WHERE = {
    "before-isa": "before the ISA",
    "between": "after the IEA",
    "loose": "outside any transaction",
}


class StrayBytes(Rule):
    """Something stands in the file that belongs to no transaction.

    What it checks
        Bytes before the first ISA, after an IEA and between the transactions of an interchange. Line ends,
        blanks and a Ctrl-Z at the end are no fault. A byte order mark, and blanks before the first ISA, are
        only mentioned.
    Why it matters
        Receivers refuse a file that does not begin with ISA, and take what follows an IEA for a broken
        interchange. Claims in stray bytes are not sent and not checked.
    What to do
        Look at the place. Mail headers and remarks are taken out; lost segments mean that the batch has to be
        written again.
    About the fix
        Never: what the bytes were meant to be is not known.
    Sources
        X12.5 interchange control structures: nothing stands between IEA and the next ISA.
    """

    code = "ENV022"
    name = "stray-bytes"
    severity = Severity.REJECT
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1", edits=(("ISA*", "Subject: claims\n\nISA*"),)),
        Bad("97110:GP x1", edits=(("IEA*1*000000001~", "IEA*1*000000001~end of file"),)),
        Bad("97110:GP x1", edits=(("GE*1*1~", "NM1*41*2*LOST~GE*1*1~"),)),
        Bad("97110:GP x1", title="a byte order mark", edits=(("ISA*", "\xef\xbb\xbfISA*"),)),
        Bad("97110:GP x1", title="a blank line", edits=(("ISA*", "\r\nISA*"),)),
        Good("97110:GP x1", edits=(("IEA*1*000000001~", "IEA*1*000000001~\r\n\r\n\x1a"),)),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        outline = subject.outline
        if not subject.tasks:
            return
        for stray in outline.stray:
            at = Location(start=stray.start, end=stray.end)
            size = stray.end - stray.start
            if stray.kind == "bom":
                yield self.finding(
                    at,
                    "The file begins with a byte order mark (EF BB BF), which was passed over.",
                    severity=Severity.INFO,
                    why="It comes from saving the file as UTF-8 text; some receivers refuse it.",
                    action="Save the file without byte order mark.",
                    facts={"kind": stray.kind},
                )
            elif stray.kind == "lead":
                yield self.finding(
                    at,
                    "Blanks or line ends stand before the ISA; they were passed over.",
                    severity=Severity.INFO,
                    why="Some receivers read the file from its first byte and do not find the ISA there.",
                    action="Have the file begin with ISA.",
                    facts={"kind": stray.kind, "bytes": size},
                )
            elif stray.kind == "blank":
                yield self.finding(
                    at,
                    "Segment terminators stand here with nothing between them.",
                    severity=Severity.RISK,
                    why="Some readers stop at a blank segment.",
                    action="Have the file written without them.",
                    facts={"kind": stray.kind, "bytes": size},
                )
            elif not (outline.cut and stray.end == outline.bytes):  # else it is the end of what was cut
                yield self.finding(
                    at,
                    f"{plural(size, 'byte')} {_WHERE[stray.kind]} belong to nothing and were not checked.",
                    why="It belongs to no transaction; receivers refuse the file or drop it.",
                    action="Take it out if it does not belong there; else write the batch again.",
                    facts={"kind": stray.kind, "bytes": size},
                )
