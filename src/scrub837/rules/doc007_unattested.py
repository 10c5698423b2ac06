"""DOC007."""

from __future__ import annotations

from collections.abc import Iterator

from scrub837.claims.documentation import Interval
from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._logged import codes_words, separated, weight
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class Unattested(Rule):
    """A pair is separated by 59 or an X modifier, and nobody vouches for the rows that document it.

    What it checks
        Pairs in force whose lines carry 59, XE, XP, XS or XU and that the log knows: whether each row has
        attested_by and a readable attested_at. Information only, unless the profile wants strict
        documentation. Line notes cannot be attested and are left out.
    Why it matters
        A log somebody vouches for is a record; a log nobody does is a spreadsheet. Corrections that change
        what is claimed are made only from attested rows.
    What to do
        Have the clinician confirm the rows: who, and when as an ISO 8601 time.
    About the fix
        None: nobody is made to vouch by a program.
    Sources
        CMS Program Integrity Manual 100-08 chapter 3 section 3.3.2.4 (signatures); general billing practice.
    """

    code = "DOC007"
    name = "doc-unattested"
    severity = Severity.INFO
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97140:GP x1 0900-0915 ; 97530:GP:59 x1 0915-0930 unattested"),
        Good("97140:GP x1 0900-0915 ; 97530:GP:59 x1 0915-0930"),
        Good("97140:GP x1 0900-0915 unattested", title="No pair: nothing rests on it"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterator[Finding]:
        for second, first, lacking in separated(self, subject, context, _unattested):
            yield self.finding(
                second.locate("SV101"),
                f"Nobody vouches for what the log tells of {codes_words(lacking)}.",
                why=f"The modifier that keeps {second.procedure.code} apart from {first.procedure.code} "
                "rests on these rows.",
                action="Have the clinician confirm them: attested_by, and attested_at as an ISO 8601 time.",
                severity=weight(subject),
                related=[first.locate("SV101")],
                facts={"codes": [line.procedure.code for line in lacking]},
            )


def _unattested(rows: list[list[Interval]]) -> list[bool]:
    return [any(i.source != "NTE" and not i.vouched for i in own) for own in rows]
