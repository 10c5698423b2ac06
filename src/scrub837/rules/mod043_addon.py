"""MOD043."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from scrub837.claims.encounters import Encounter, PatientDay
from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.reference.store import AddOn, Reference
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_PARTNER_MAY_HAVE_BEGUN = frozenset(("99292",))  # critical care goes on from one partner to the next


class AddOnAlone(Rule):
    """An add-on code stands without the code it adds to.

    What it checks
        Add-on codes of CMS's list, against everything billed for the same patient, day and provider, on
        this claim or another one of the file. Where the list leaves the primary code to the contractor, a
        missing one is a risk, or worth knowing.
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
    scope = Scope.DAY
    examples = (
        Bad("97130:GN x1"),
        Bad("97129:GN x1 {P1} ; 97130:GN x1 {P2}", title="the primary code is another provider's"),
        Bad("provider=MD place=23 | 99417 x1", title="the contractor may know another primary code"),
        Good("97129:GN x1 ; 97130:GN x2"),
        Good("97129:GN x1 || 97130:GN x1", title="on two claims of the day"),
    )

    def check(self, subject: PatientDay, context: Context) -> Iterable[Finding]:
        reference, day = context.reference, subject.day
        found: list[tuple[Encounter, Line, AddOn]] = []
        for encounter in subject.encounters:
            for line in encounter.lines:
                add_on = _add_on(reference, line.procedure.code, day)
                if add_on is not None:
                    found.append((encounter, line, add_on))
        if not reference.covers("aoc", day, "medicare"):
            context.not_checked(self, f"no add-on codes for {day.year} are loaded", lines=len(subject.lines))
        return self._alone(subject, found) if found else ()

    def _alone(self, day: PatientDay, found: list[tuple[Encounter, Line, AddOn]]) -> Iterator[Finding]:
        for encounter, line, add_on in found:
            billed = {other.procedure.code for other in encounter.lines}
            if add_on.primaries & billed:
                continue
            partner = next(
                (
                    other
                    for other in day.lines
                    if other.procedure.code in add_on.primaries
                    and other.claim.billing_npi == line.claim.billing_npi
                ),
                None,
            )
            yield self._missing(line, add_on, partner, alone=billed == {line.procedure.code})

    def _missing(self, line: Line, add_on: AddOn, partner: Line | None, *, alone: bool) -> Finding:
        code = line.procedure.code
        primaries = " or ".join(sorted(add_on.primaries))
        related = (partner.locate("SV101-2"),) if partner else ()
        if partner:
            shared = code in _PARTNER_MAY_HAVE_BEGUN
            severity = Severity.INFO if shared else Severity.RISK
            message = f"{code} adds to {partner.procedure.code}, which another provider of the group bills."
        elif add_on.kind == "1":
            severity = Severity.DENY
            message = (
                f"{code} is an add-on code and {primaries} is not billed for the day by the same provider."
            )
        else:
            severity = Severity.RISK if alone else Severity.INFO
            listed = f" ({primaries} is listed)" if primaries else ""
            message = (
                f"{code} is an add-on code, and no primary code is seen{listed}; the contractor decides."
            )
        return self.finding(
            line.locate("SV101-2"),
            message,
            why="An add-on code is paid only beside its primary code.",
            action="Look up whether the primary code was forgotten or stands on a claim already sent.",
            severity=severity,
            related=related,
            facts={
                "code": code,
                "primaries": tuple(sorted(add_on.primaries)),
                "kind": add_on.kind,
                "edition": add_on.edition,
            },
        )


@lru_cache(1 << 14)
def _add_on(reference: Reference, code: str, day: date) -> AddOn | None:
    return reference.add_on(code, day)
