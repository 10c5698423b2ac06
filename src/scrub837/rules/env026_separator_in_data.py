"""ENV026."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Location, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.tasks import TransactionRead


class SeparatorInData(Rule):
    """Text holds a character that many receivers use as a separator.

    What it checks
        The usual separators * ~ : and ^ in the data of a file whose ISA names others. They are plain text in
        such a file and are read as such.
    Why it matters
        Clearinghouses that rewrite the file with the usual separators refuse these characters, or split the
        element at them.
    What to do
        Leave them out of names, addresses and notes if the clearinghouse refuses the file.
    About the fix
        Never: the file is valid as it is.
    Sources
        X12 837P 005010X222A1, appendix B.1.1.2.5: a separator must not occur in data; clearinghouses'
        companion guides on reserved characters.
    """

    code = "ENV026"
    name = "separator-in-data"
    severity = Severity.INFO
    scope = Scope.TRANSACTION
    examples = (
        Bad("97110:GP x1", edits=(("*", "|"), ("100 SAMPLE ST", "100 SAMPLE*ST"))),
        Good("97110:GP x1", edits=(("*", "|"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: TransactionRead, context: Context) -> Iterable[Finding]:
        envelope = subject.task.envelope
        for mark, at in sorted(subject.body.foreign.items(), key=lambda item: item[1]):
            yield self.finding(
                Location(
                    interchange=envelope.interchange,
                    group=envelope.group,
                    transaction=envelope.transaction,
                    start=at,
                    end=at + 1,
                ),
                f"The data hold the character {mark}, which is no separator of this file.",
                why="Receivers that use it as a separator refuse it or split the text at it.",
                action="Nothing, unless the receiver refuses it; then leave it out of names and notes.",
                facts={"character": mark, "offset": at},
            )
