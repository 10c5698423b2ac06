"""CLM042."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scrub837.claims.model import Line
from scrub837.findings import Finding, Location, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

_QUALIFIERS = ("HC", "ER", "IV", "WK")
_UNITS = ("UN", "MJ")
_SHAPE = re.compile(r"\d{4}[\dA-Z]|[A-Z]\d{4}", re.ASCII)


class LineProcedure(Rule):
    """The procedure code of a line is missing or cannot be one, or its kind or unit is not known.

    What it checks
        SV101: the kind of code (HC, ER, IV or WK) and the code, which for HC has five characters: digits, a
        letter first (HCPCS level II) or a letter last (CPT categories II and III and others). SV103: UN or
        MJ.
    Why it matters
        A line whose code is missing or too long is returned, or denied as an invalid code.
    What to do
        Look the code up and enter it again.
    About the fix
        None: a code is never changed.
    Sources
        X12 837P 005010X222A1, loop 2400 SV101-1, SV101-2 and SV103; shape of HCPCS level I and II codes as
        in the CMS HCPCS quarterly file.
    """

    code = "CLM042"
    name = "clm-procedure"
    severity = Severity.REJECT
    scope = Scope.SERVICE
    examples = (
        Bad("97110:GP x1", edits=(("HC:97110", "HC:"),)),
        Bad("478331 x1", title="six digits"),
        Bad("9711O x1 ; GP97 x1"),
        Bad("97110:GP x1", edits=(("HC:97110", "97110"),), title="no kind of code"),
        Bad("97110:GP x1 unit=F2"),
        Bad("97110:GP x1", edits=(("*50*UN*", "*50**"),)),
        Good("97110:GP x1 ; G0283:GP x1 ; 0552T x1 ; 1036F x1 $0.01 ; 00100:AA x60 unit=MJ"),
    )

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:
        procedure = subject.procedure
        if procedure.qualifier == "HC" and _SHAPE.fullmatch(procedure.code) and subject.unit in _UNITS:
            return ()
        return self._found(subject)

    def _found(self, line: Line) -> Iterator[Finding]:
        qualifier, code = line.procedure.qualifier, line.procedure.code
        if qualifier not in _QUALIFIERS:
            yield self._says(
                line.locate("SV101-1"),
                f"The kind of procedure code is {qualifier or 'missing'}; it must be HC, ER, IV or WK.",
                line,
            )
        elif not code:
            yield self._says(line.locate("SV101-2"), "The line has no procedure code.", line)
        elif qualifier == "HC" and not _SHAPE.fullmatch(code):
            message = f"{code} is not a procedure code"
            shape = (
                f"{message}: it has {len(code)} characters, not five." if len(code) != 5 else f"{message}."
            )
            yield self._says(line.locate("SV101-2"), shape, line, Severity.DENY)
        if line.unit not in _UNITS:
            unit = line.unit or "missing"
            yield self._says(
                line.locate("SV103"), f"The unit of {code} is {unit}; it must be UN or MJ.", line
            )

    def _says(self, place: Location, message: str, line: Line, severity: Severity | None = None) -> Finding:
        return self.finding(
            place,
            message,
            why="Payers return or deny a line whose service they cannot read.",
            action="Look the code and its unit up and enter them again.",
            severity=severity,
            facts={"qualifier": line.procedure.qualifier, "code": line.procedure.code, "unit": line.unit},
        )
