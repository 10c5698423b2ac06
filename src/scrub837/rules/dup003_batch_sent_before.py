"""DUP003."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.earlier import SentFile
from scrub837.findings import Finding, Severity
from scrub837.rules._earlier import sent_words
from scrub837.rules._envelope import place
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class BatchSentBefore(Rule):
    """All claims of the file were sent before, in one file.

    What it checks
        The bytes of the file, whatever its name, and what its claims bill, in their order, whatever its
        control numbers and dates, against all files in the ledger that were sent. What was only checked,
        held or put into quarantine does not count. Claims are not told of one by one then. Without a ledger,
        and for files marked as tests, nothing is compared.
    Why it matters
        Every claim of it will be denied as a duplicate, and the denials hide the answers to the first file.
    What to do
        Do not send it. If the first file was lost or refused as a whole, take it back with
        ``scrub837 ledger mark FILE seen`` and check this one again.
    About the fix
        None: whether the first file arrived does not stand in the claims.
    Sources
        CMS Claims Processing Manual 100-04 chapter 1 section 120 (duplicates); TA1 note code 025 (duplicate
        interchange control number).
    """

    code = "DUP003"
    name = "batch-sent-before"
    severity = Severity.DENY
    scope = Scope.EARLIER_FILE
    examples = (
        Bad("97110:GP x1 ==> 97110:GP x1", title="the same bytes"),
        Bad("97110:GP x1 ==> isa=000000002 gs=2 id=OTHER | 97110:GP x1", title="with other numbers"),
        Good("97110:GP x1 ==> 97110:GP x1 || patient=B | 97110:GP x1", title="one claim more"),
        Good("97110:GP x1 ==> freq=7 f8=PAYER1 | 97110:GP x1", title="a replacement"),
    )

    def check(self, subject: SentFile, context: Context) -> Iterable[Finding]:
        sent = subject.same_bytes or subject.same_claims
        if sent is None:
            return ()
        interchange = subject.groups[0][1]
        same = subject.same_bytes is not None
        what = "These very bytes" if same else f"All claims of this file ({subject.claims})"
        number = f" with ISA13 {sent.interchange}" if sent.interchange and not same else ""
        return (
            self.finding(
                place(interchange, interchange.isa),
                f"{what} were {sent_words(sent)}{number}.",
                why="Payers deny every claim of a batch that comes twice as a duplicate.",
                action="Do not send it again; if the first never arrived, take it back in the ledger first.",
                facts={
                    "same_bytes": same,
                    "claims": subject.claims,
                    "sent": sent.day,
                    "file": sent.name,
                    "interchange": sent.interchange,
                },
            ),
        )
