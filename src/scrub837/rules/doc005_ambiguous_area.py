"""DOC005."""

from __future__ import annotations

from collections.abc import Iterator

from scrub837.claims.documentation import Interval
from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._logged import codes_words, separated, weight
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class AmbiguousArea(Rule):
    """A pair is separated by 59 or an X modifier, and the log names an area that may be several.

    What it checks
        Pairs in force whose lines carry 59, XE, XP, XS or XU: areas such as "back" or "spine", or words that
        are not in the vocabulary of areas. Information only, unless the profile wants strict documentation.
    Why it matters
        The back has three regions and more. A word that may mean any of them does not show that two services
        were given to different ones.
    What to do
        Write the region: cervical, thoracic, lumbar, sacral or pelvic; a joint with its side.
    About the fix
        None: what was treated only the record tells.
    Sources
        CMS MLN1783722 (separate anatomic site); NCCI Policy Manual chapter XI (five spinal regions).
    """

    code = "DOC005"
    name = "doc-ambiguous-area"
    severity = Severity.INFO
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97140:GP x1 0900-0915 [back] ; 97530:GP:59 x1 0915-0930 [shoulder R]"),
        Good("97140:GP x1 0900-0915 [low back] ; 97530:GP:59 x1 0915-0930 [shoulder R]"),
        Good("97140:GP x1 0900-0915 [back]", title="No pair: nothing rests on the area"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterator[Finding]:
        for second, first, lacking in separated(self, subject, context, _vague):
            yield self.finding(
                second.locate("SV101"),
                f"The area that the log names for {codes_words(lacking)} may be several regions.",
                why=f"It does not show that {second.procedure.code} and {first.procedure.code} were given to "
                "different ones.",
                action="Write the region of the spine, or the joint with its side.",
                severity=weight(subject),
                related=[first.locate("SV101")],
                facts={"codes": [line.procedure.code for line in lacking]},
            )


def _vague(rows: list[list[Interval]]) -> list[bool]:
    return [any(area.ambiguous for interval in own for area in interval.areas) for own in rows]
