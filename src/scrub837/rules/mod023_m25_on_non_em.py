"""MOD023."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._modifiers import is_em
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import place_of


class TwentyFiveOnProcedure(Rule):
    """25 stands on a code that is no visit.

    What it checks
        25 on CPT codes that are not evaluation and management, such as manipulations 98940 to 98943,
        therapy 97xxx and therapy evaluations 97161 to 97168. HCPCS codes with a letter are not judged:
        payers name some of them as visits.
    Why it matters
        25 says that a visit was significant and separate. On a procedure it is an invalid combination, the
        line is denied, and the pair with the visit stays unanswered.
    What to do
        Take 25 off the procedure. If a visit of the same day was significant and separate, 25 belongs on
        it.
    About the fix
        None: 25 states something about the visit that only its note can show.
    Sources
        NCCI Policy Manual chapter I (25 is appended to the E/M service); KMC University on modifier 25 in
        chiropractic.
    """

    code = "MOD023"
    name = "m25-on-non-em"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("provider=DC payer=CI | 98941:25 x1 ; 99213 x1"),
        Bad("97161:GP:25 x1"),
        Good("provider=DC payer=CI | 98941 x1 ; 99213:25 x1"),
        Good("provider=MD | G0439:25 x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        procedure = subject.procedure
        code = procedure.code
        if "25" not in procedure.modifiers or not (len(code) == 5 and code.isdecimal()) or is_em(code):
            return ()
        return [
            self.finding(
                subject.locate(place_of(subject, "25")),
                f"25 does not belong on {code}, which is not an evaluation and management code.",
                why="25 says that a visit was significant and separate, so it is valid on visits only.",
                action=f"Remove 25 from {code}. If a visit of the same day was significant and separate, "
                "25 belongs on "
                "the visit.",
                facts={"code": code, "modifiers": procedure.modifiers},
            )
        ]
