"""ENV003."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import place, read_interchanges
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.outline import Group, Interchange, Mark, Transaction

if TYPE_CHECKING:
    from scrub837.engine import Outcome


class TrailerMissing(Rule):
    """An envelope segment has lost its partner: ST without SE, GS without GE, ISA without IEA, or the reverse.

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
                for transaction in group.transactions:
                    yield from self._transaction(interchange, group, transaction)
                open_end = last and group is interchange.groups[-1]
                if group.gs is None:
                    yield self._missing(
                        interchange, group, group.ge, "GS", "GE" if group.ge else "Transactions"
                    )
                elif group.ge is None and not open_end:
                    yield self._missing(interchange, group, group.gs, "GE", "GS")
            if interchange.iea is None and not last:
                yield self._missing(interchange, None, interchange.isa, "IEA", "ISA")

    def _transaction(
        self, interchange: Interchange, group: Group, transaction: Transaction
    ) -> Iterator[Finding]:
        st, se = transaction.st, transaction.se
        if st is None:
            found = "SE" if se else "Claims"
            yield self._missing(interchange, group, se, "ST", found, transaction)
        elif se is None and not transaction.cut:
            yield self._missing(interchange, group, st, "SE", "ST", transaction)

    def _missing(
        self,
        interchange: Interchange,
        group: Group | None,
        mark: Mark | None,
        missing: str,
        found: str,
        transaction: Transaction | None = None,
    ) -> Finding:
        numbers = {
            "ST": ("ST02", 2),
            "SE": ("SE02", 2),
            "GS": ("GS06", 6),
            "GE": ("GE02", 2),
            "ISA": ("ISA13", 13),
        }
        element, at = numbers.get(found, ("", 0))
        number = mark.at(at) if mark and at else ""
        first = transaction or (
            group.transactions[0] if group and group.transactions and mark is None else None
        )
        return self.finding(
            place(interchange, mark, group=group, transaction=first, segment=1 if found == "ST" else None),
            f"{found} {number or ''}".rstrip() + f" stands without its {missing}.",
            why="Receivers match headers and trailers in pairs and refuse what is left over.",
            action="Have the batch written again; do not add the segment by hand without knowing what is missing.",
            facts={"missing": missing, "found": found, element or "control": number},
        )
