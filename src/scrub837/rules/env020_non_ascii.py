"""ENV020."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scrub837.findings import Finding, Severity
from scrub837.rules._envelope import capped, plural, spot, transaction_start
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

if TYPE_CHECKING:
    from scrub837.tasks import TransactionRead


class NonAscii(Rule):
    """A segment holds characters outside ASCII, such as accents or typographic quotes.

    What it checks
        Bytes above 127 in any segment of a transaction.
    Why it matters
        The character set of X12 has no accents. Clearinghouses refuse such files, or change the character,
        and a name with a changed letter no longer matches the payer's records.
    What to do
        Write the name as the payer has it on the card, without accents, and replace typographic quotes and
        dashes by plain ones.
    About the fix
        Never: how a name is spelled without accents is for the practice to say.
    Sources
        X12 837P 005010X222A1, appendix B.1.1.2 (basic and extended character set); Medicare 837P companion
        guide.
    """

    code = "ENV020"
    name = "non-ascii"
    severity = Severity.RISK
    scope = Scope.TRANSACTION
    examples = (
        Bad("97110:GP x1", title="an accent", edits=(("DANA QUILL", "D\xc1NA QUILL"),)),
        Good("97110:GP x1", title="an apostrophe is fine", edits=(("DANA QUILL", "DANA O'QUILL-NOTE"),)),
    )

    def check(self, subject: TransactionRead, context: Context) -> Iterable[Finding]:
        count = subject.body.oddities.counts["non-ascii"]
        if count:
            start = transaction_start(subject)
            yield from capped(self, self._found(subject), count, start, what="segments outside ASCII")

    def _found(self, read: TransactionRead) -> Iterator[Finding]:
        for oddity in read.body.oddities.kept:
            if oddity.kind != "non-ascii":
                continue
            segment = oddity.block.segments[oddity.at]
            element = next((n for n, text in enumerate(segment) if n and not text.isascii()), None)
            tag = segment[0]
            name = f"{tag}{element:02d}" if element else tag
            odd = [f"{ord(char):02X}" for char in oddity.block.raw[oddity.at] if not char.isascii()]
            at = spot(
                read, oddity.block, oddity.at, name if element else None, claim_index=oddity.claim_index
            )
            yield self.finding(
                at,
                f"{name} holds {plural(len(odd), 'byte')} outside ASCII: hexadecimal {' '.join(odd[:6])}"
                + (" ..." if len(odd) > 6 else "."),
                why="X12 has no accents or typographic characters; clearinghouses refuse or change them.",
                action="Write it without accents in the practice system, as it stands on the insurance card.",
                facts={"segment": tag, "element": element, "bytes": odd[:20]},
            )
