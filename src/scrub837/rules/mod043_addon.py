"""MOD043."""

from __future__ import annotations

from collections.abc import Iterator

from scrub837.claims.encounters import Encounter
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.store import AddOn
from scrub837.rules._modifiers import is_em
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_NAMED = 10  # primary codes that a message lists
_PARTNER_MAY_HAVE_BEGUN = frozenset(("99292",))  # critical care goes on from one partner to the next


class AddOnAlone(Rule):
    """An add-on code stands without the code it adds to.

    What it checks
        Add-on codes of CMS's list, against everything billed for the same patient, day and provider, on this
        claim or another one of the file. Where the list leaves the primary code to the contractor, a missing
        one is a risk, or worth knowing. So it is with 99292, whose primary code a partner may have billed.
    Why it matters
        An add-on code is paid only beside its primary code. Alone it is denied.
    What to do
        Look up whether the primary code was done and forgotten, or stands on a claim that was already sent.
    About the fix
        None: a line is never added.
    Sources
        CMS add-on code file (types 1, 2 and 3); NCCI Policy Manual chapter I; CMS Claims Processing Manual
        100-04 chapter 12 section 30.6.12: partners of one group and specialty share critical care.
    """

    code = "MOD043"
    name = "addon-no-primary"
    severity = Severity.DENY
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97130:GN x1"),
        Bad("97129:GN x1 {P1} ; 97130:GN x1 {P2}", title="the primary code is another provider's"),
        Bad("provider=MD | 99417 x1 ; 99204 x1", title="not an add-on to this visit"),
        Bad("payer=CI | 90833 x1", title="no visit"),
        Bad("provider=MD place=23 | 99292 x1", title="a partner may have billed 99291"),
        Good("97129:GN x1 ; 97130:GN x2"),
        Good("payer=CI | 99213:25 x1 ; 90833 x1"),
        Good("97129:GN x1 || 97130:GN x1", title="on two claims of the day"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterator[Finding]:
        reference, day = context.reference, subject.day
        lines = [line for line in subject.lines if line.dates.first == day]
        if lines and not reference.covers("aoc", day, "medicare"):
            context.not_checked(self, f"no add-on codes of {day.year} are loaded", lines=len(lines))
            return
        for line in lines:
            add_on = reference.add_on(line.procedure.code, day)
            if add_on is None:
                continue
            billed = {other.procedure.code for other in subject.lines}
            if not add_on.primaries & billed:
                yield self._missing(line, add_on, alone=billed == {line.procedure.code})

    def _missing(self, line: Line, add_on: AddOn, *, alone: bool) -> Finding:
        code = line.procedure.code
        primaries = _named(add_on.primaries)
        missing = f"{code} is an add-on code and {primaries} is not billed for the day by the same provider"
        if code in _PARTNER_MAY_HAVE_BEGUN:
            severity = Severity.RISK
            message = f"{missing}; a partner of the same group and specialty must have billed it."
        elif add_on.kind == "1":
            severity, message = Severity.DENY, f"{missing}."
        else:
            severity = Severity.RISK if alone else Severity.INFO
            listed = f" ({primaries} listed)" if primaries else ""
            message = (
                f"{code} is an add-on code without a known primary code{listed}; the contractor decides."
            )
        return self.finding(
            line.locate("SV101-2"),
            message,
            why="An add-on code is paid only beside its primary code.",
            action="Look up whether the primary code was forgotten or stands on a claim already sent.",
            severity=severity,
            facts={
                "code": code,
                "primaries": tuple(sorted(add_on.primaries)),
                "kind": add_on.kind,
                "edition": add_on.edition,
            },
        )


def _named(primaries: frozenset[str]) -> str:
    """``97810 or 97813``; of the many an add-on to any visit has, what they are."""
    if len(primaries) > _NAMED and all(map(is_em, primaries)):
        return "a visit (evaluation and management code)"
    return " or ".join(sorted(primaries))
