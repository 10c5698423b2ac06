"""MOD040."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.model import Line
from scrub837.findings import Finding, Severity
from scrub837.rules._payer_codes import exclusion_of
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope


class CodeNotAccepted(Rule):
    """The payer does not accept the procedure code.

    What it checks
        Codes that a program refuses, such as 97014 for Medicare, and the codes a payer profile lists as
        denied.
    Why it matters
        The line is denied or the claim returned, whatever its modifiers.
    What to do
        Bill the code that the payer wants for the same service, if there is one and the record supports it.
    About the fix
        None: another code is another statement about what was done.
    Sources
        Medicare physician fee schedule, status I: 97014, billed as G0283. Payer profiles: your own
        settings.
    """

    code = "MOD040"
    name = "code-payer-invalid"
    severity = Severity.DENY
    scope = Scope.SERVICE
    examples = (
        Bad("97014:GP x1"),
        Good("G0283:GP x1"),
        Good("payer=CI | 97014:GP x1"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        code, profile = subject.procedure.code, subject.claim.profile
        known = exclusion_of(code, profile)
        if code in profile.denied_codes:
            payer, why, instead = profile.name, profile.denied_codes[code], None
        elif known and known.kind == "invalid":
            payer, why, instead = known.program.capitalize(), f"{known.reason}.", known.instead
            if instead:
                why = f"The fee schedule of {payer} has no payment for {code}, whatever its modifiers."
        else:
            return ()
        return (
            self.finding(
                subject.locate("SV101-2"),
                f"{payer} does not accept {code}"
                + (f"; the service is billed as {instead}." if instead else "."),
                why=why,
                action=f"If the record supports {instead}, enter it in place of {code}."
                if instead
                else "Ask the payer which code it wants for the service.",
                facts={"code": code, "payer": payer, "instead": instead},
            ),
        )
