"""ENV003."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Location, Severity
from scrub837.rules._envelope import place, read_interchanges
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.outline import Group, Interchange, Mark, Transaction

if TYPE_CHECKING:
    from scrub837.engine import Outcome

_NUMBERS = {"ST": 2, "SE": 2, "GS": 6, "GE": 2, "ISA": 13}  # where the control number stands


class TrailerMissing(Rule):
    """An envelope segment has lost its partner: ST its SE, GS its GE, ISA its IEA, or the reverse.

    What it checks
        That each ISA, GS and ST is closed by its IEA, GE and SE before the next one begins, and that no
        trailer or claim stands without its header. A file that merely ends too early is ``file-cut``.
    Why it matters
        Receivers refuse the group or the whole file (999 AK9 or TA1), or take two transactions for one.
    What to do
        Have the batch written again. Where files were appended, look for the place where one ends too early.
    About the fix
        Never: a trailer says how much there was, and only the writer of the batch knows that.
    Sources
        X12.5 interchange control structures; 999 AK502 code 2 (transaction set trailer missing), AK905 code 3
        (functional group trailer missing), TA1 note code 023 (improper end of file).
    """

    code = "ENV003"
    name = "trailer-missing"
    severity = Severity.REJECT
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1", title="SE is missing", edits=(("SE*", "K3*"),)),
        Bad("97110:GP x1", title="GE is missing", edits=(("GE*1*1~\n", ""),)),
        Bad("97110:GP x1", title="GS is missing", edits=(("GS*HC*", "K3*HC*"),)),
        Bad("97110:GP x1", title="ST is missing", edits=(("ST*837*0001*005010X222A1~\n", ""),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        outline = subject.outline
        for interchange in read_interchanges(subject):
            last = outline.cut and interchange is outline.interchanges[-1]
            for group in interchange.groups:
                for body in group.transactions:
                    yield from self._transaction(interchange, group, body)
                yield from self._group(interchange, group, open_end=last and group is interchange.groups[-1])
            if interchange.iea is None and not last:
                yield self._missing(place(interchange, interchange.isa), "IEA", interchange.isa)

    def _transaction(self, interchange: Interchange, group: Group, body: Transaction) -> Iterator[Finding]:
        if body.st is None:
            at = place(interchange, body.se, group=group, transaction=body)
            yield self._missing(at, "ST", body.se or "Claims")
        elif body.se is None and not body.cut:
            at = place(interchange, body.st, group=group, transaction=body, segment=1)
            yield self._missing(at, "SE", body.st)

    def _group(self, interchange: Interchange, group: Group, *, open_end: bool) -> Iterator[Finding]:
        if group.gs is None:
            first = group.transactions[0] if group.transactions and group.ge is None else None
            at = place(interchange, group.ge, group=group, transaction=first)
            yield self._missing(at, "GS", group.ge or "Transactions")
        elif group.ge is None and not open_end:
            yield self._missing(place(interchange, group.gs, group=group), "GE", group.gs)

    def _missing(self, at: Location, missing: str, found: Mark | str) -> Finding:
        if isinstance(found, str):
            tag, number = found, ""
        else:
            tag, number = found.tag, found.at(_NUMBERS[found.tag])
        return self.finding(
            at,
            f"{tag} {number} stands without its {missing}." if number else f"{tag} without {missing}.",
            why="Receivers match headers and trailers in pairs and refuse what is left over.",
            action="Have the batch written again; do not add the segment by hand.",
            facts={"missing": missing, "found": tag, "control_number": number},
        )
