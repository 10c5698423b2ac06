"""DOC004."""

from __future__ import annotations

from collections.abc import Iterator

from scrub837.claims.documentation import Interval
from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._logged import codes_words, separated, weight
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class NoArea(Rule):
    """A pair is separated by 59 or an X modifier, and the log names no body area for one of the two.

    What it checks
        Pairs in force whose lines carry 59, XE, XP, XS or XU and that the log knows: whether it names a body
        area for both. Information only, unless the profile wants strict documentation: time that does not
        overlap also separates timed services.
    Why it matters
        A different area is the plainest evidence that two services were separate. Beside a manipulation it is
        the only one.
    What to do
        Add the area to the log, as the note has it.
    About the fix
        None: what was treated only the record tells.
    Sources
        CMS MLN1783722 (modifiers 59 and X: separate anatomic site); NCCI Policy Manual chapter XI.
    """

    code = "DOC004"
    name = "doc-no-area"
    severity = Severity.INFO
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1 0915-0930"),
        Bad("with=strict-documentation | 97140:GP x1 0900-0915 ; 97530:GP:59 x1 0915-0930"),
        Good("97140:GP x1 0900-0915 [cervical] ; 97530:GP:59 x1 0915-0930 [shoulder R]"),
        Good("97110:GP x1 0900-0915", title="No pair"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterator[Finding]:
        for second, first, lacking in separated(self, subject, context, _without):
            yield self.finding(
                second.locate("SV101"),
                f"The log names no body area for {codes_words(lacking)}.",
                why=f"A different area would show that {second.procedure.code} was separate from "
                f"{first.procedure.code}.",
                action="Add the area to the log, as the note has it.",
                severity=weight(subject),
                related=[first.locate("SV101")],
                facts={"codes": [line.procedure.code for line in lacking]},
            )


def _without(rows: list[list[Interval]]) -> list[bool]:
    return [not any(interval.areas for interval in own) for own in rows]
