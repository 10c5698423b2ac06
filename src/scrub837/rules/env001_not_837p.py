"""ENV001."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Location, Severity
from scrub837.rules._envelope import place, plural
from scrub837.rules._foreign import identify
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.kinds import kind_of

if TYPE_CHECKING:
    from scrub837.engine import Outcome

_RESPONSES = "Keep it with the answers of the payer; it is no claim file."
_ACTIONS = (
    (("835", "999", "997", "277", "TA1"), _RESPONSES),
    (("837I", "837D"), "Send it by its own route; here only professional claims are read."),
    (("837P", "837 health care claim of version"), "Have the practice system write version 005010X222A1."),
)


class Not837P(Rule):
    """The file is not an 837P that can be read, so nothing in it was checked.

    What it checks
        What the file is: the transactions of an X12 file by ST01, GS08 and ST03, anything else by its first
        bytes.
    Why it matters
        A remittance, an institutional claim or an archive in the claims folder is easily taken for a clean
        batch.
    What to do
        Set the file aside, or do what the finding says: unpack it, decrypt it, write it again with its
        envelope, or keep it with the answers of the payer.
    About the fix
        Never: there is nothing to correct here.
    Sources
        X12.5 interchange control structures (ISA); implementation guide identifiers in GS08 and ST03, such as
        005010X222A1 (837P), 005010X223A2 (837I), 005010X224A2 (837D), 005010X221A1 (835).
    """

    code = "ENV001"
    name = "not-837p"
    severity = Severity.REJECT
    scope = Scope.FILE
    examples = (
        Bad("97110:GP x1", title="an institutional claim", edits=(("005010X222A1", "005010X223A2"),)),
        Bad("97110:GP x1", title="version 4010", edits=(("005010X222A1", "004010X098A1"),)),
        Bad("97110:GP x1", title="an archive", edits=(("ISA*", "PK\x03\x04"),)),
        Good("97110:GP x1"),
    )

    def check(self, subject: Outcome, context: Context) -> Iterable[Finding]:
        outline = subject.outline
        if subject.tasks or (outline.cut and not subject.others):  # file-cut speaks of the latter
            return ()
        if outline.interchanges:
            return (self._other_x12(subject),)
        blank = all(stray.kind == "bom" for stray in outline.stray)
        what = identify(outline.head, outline.bytes, blank=blank)
        return (
            self.finding(
                Location(start=0, end=0),
                f"This is {what.label}.",
                why=what.why,
                action=what.action,
                facts={"what": what.label, "bytes": outline.bytes},
            ),
        )

    def _other_x12(self, subject: Outcome) -> Finding:
        interchanges = subject.outline.interchanges
        kinds = Counter(kind_of(task.group, task.transaction).label for task in subject.others)
        versions = sorted({task.envelope.version for task in subject.others} - {""})
        acknowledgments = sum(len(interchange.ta1) for interchange in interchanges)
        if acknowledgments and not kinds:
            kinds["TA1 interchange acknowledgment"] = acknowledgments
        if subject.others:
            task = subject.others[0]
            where = place(
                task.interchange, task.transaction.st, group=task.group, transaction=task.transaction
            )
        else:
            where = place(interchanges[0], interchanges[0].isa)
        label = next(iter(kinds), "")
        holds = ", ".join(f"{count} x {kind}" for kind, count in kinds.items())
        action = next(
            (action for heads, action in _ACTIONS if label.startswith(heads)),
            "Set it aside: there is nothing in it for this program."
            if label
            else "Have the practice system write the batch again: it holds no claim.",
        )
        return self.finding(
            where,
            f"The file holds no 837P of version 5010 but {holds}."
            if holds
            else f"The file holds {plural(len(interchanges), 'interchange')} without any transaction.",
            why="Only 837P professional claims (005010X222A1) are read"
            + (f"; this file names {', '.join(versions)}." if versions else "."),
            action=action,
            facts={"kinds": dict(kinds), "versions": versions},
        )
