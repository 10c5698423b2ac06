"""MOD008."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Fix, Safety, Severity
from scrub837.reference.tables import always_therapy, locked_discipline, sometimes_therapy
from scrub837.rules._disciplines import DISCIPLINES, discipline_given, discipline_shown, disciplines_of
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.rules._sv101 import MOST_MODIFIERS, read_only, rewritten, slots, with_modifiers


class DisciplineMissing(Rule):
    """A therapy code has no GP, GO or GN.

    What it checks
        Codes that are always therapy, for payers whose profile asks for the discipline (Medicare does). Codes
        that are sometimes therapy are a risk where the treatment-time log says that a therapist or an
        assistant gave the service; others may bill them without.
    Why it matters
        These codes are paid under a therapy plan of care only, and GP, GO or GN names the plan. Medicare
        returns or denies the line without one, whoever billed it.
    What to do
        Add the modifier of the plan of care: GP physical therapy, GO occupational therapy, GN
        speech-language pathology.
    About the fix
        Documented: where the code is bound to one discipline, or every row of the treatment-time log for
        the line names a therapist's role of one discipline and who attested it. Otherwise none. Never on a
        line that another payer has decided on, nor on a claim that replaces one.
    Sources
        CMS Claims Processing Manual 100-04 chapter 5 section 10.6; change request 10176 (2018-01-01); CMS
        annual therapy code list.
    """

    code = "MOD008"
    name = "disc-missing"
    severity = Severity.DENY
    scope = Scope.SERVICE
    fix = "sometimes"
    examples = (
        Bad("97140 x1"),
        Bad("97161 x1", title="bound to physical therapy", fixed="HC:97161:GP*"),
        Bad("97110:CQ x1"),
        Good("97140:gp x1", title="untidy, but there"),
        Good("payer=CI | 97140 x1", title="a payer that does not ask for it"),
        Bad("20560 x1 @15 role=PT", title="sometimes therapy, given by a therapist"),
        Good("20560 x1 @15 role=MD"),
        Good("20560 x1", title="nobody says who gave it"),
        Good("99213 x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        code = subject.procedure.code
        if not subject.claim.profile.requires_discipline or disciplines_of(subject):
            return ()
        if always_therapy(code):
            return (self._missing(subject, context, "is always therapy"),)
        if not sometimes_therapy(code):
            return ()
        given = discipline_given(context.documentation.record(subject))
        if given is None:
            return ()
        words = f"is documented as {DISCIPLINES[given]}"
        return (self._missing(subject, context, words, Severity.RISK),)

    def _missing(
        self, line: Line, context: Context, therapy: str, severity: Severity | None = None
    ) -> Finding:
        code = line.procedure.code
        shown = discipline_shown(line, context.documentation.record(line))
        reason = read_only(line)
        room = len(line.procedure.modifiers) < MOST_MODIFIERS
        fix = _adding(line, *shown) if shown and room and not reason else None
        if reason:
            action = f"Have a person add the modifier of the plan of care: {reason}."
        elif not room:
            action = "Make room: the line has four modifiers, and the plan of care needs one."
        elif fix and shown:
            action = f"Add {shown[0]}: {shown[1]}."
        else:
            action = "Add the modifier of the plan of care: GP, GO or GN."
        return self.finding(
            line.locate("SV101"),
            f"{code} {therapy} and has no GP, GO or GN.",
            why="The payer takes the code only under a therapy plan of care, which the modifier names.",
            action=action,
            facts={
                "code": code,
                "modifiers": line.procedure.modifiers,
                "bound_to": locked_discipline(code),
                "shown": shown[0] if shown else None,
            },
            severity=severity,
            fix=fix,
        )


def _adding(line: Line, discipline: str, evidence: str) -> Fix:
    """First place: payers that have a rule about the order want the discipline early."""
    after = with_modifiers(line, [discipline, *(raw for raw in slots(line) if raw.strip())])
    before = line.procedure.raw
    return rewritten(line, "SV101", before, after, safety=Safety.DOCUMENTED, evidence=evidence)
