"""A claim as a biller sees it: who and how much, its lines in a strip, and under them what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from scrub837.findings import Finding, Fix, Location, Safety, Severity
from scrub837.report.layout import Page, Part
from scrub837.report.words import MARKS, box_of, count, line_words, money, short
from scrub837.results import ClaimRow, LineRow

TONES = {Severity.REJECT: "bad", Severity.DENY: "bad", Severity.RISK: "warn", Severity.INFO: "note"}
LONG = 12  # lines; of a longer claim only those with findings are shown
MANY = 12  # findings on one claim; what goes beyond is counted
_FREQUENCIES = {"7": "replaces a claim (frequency 7)", "8": "voids a claim (frequency 8)"}
_DONE = "Done in the corrected file; correct it in the practice system too."
_FIX_WORDS = {
    Safety.SAFE: "safe",
    Safety.DOCUMENTED: "documented",
    Safety.MANUAL: "by hand",
}


def write_claim(claim: ClaimRow, findings: Sequence[Finding], page: Page, *, whole: bool = False) -> None:
    """The block of one claim; ``whole`` shows every line and finding of a long one."""
    who = [] if claim.patient.name in ("", "(redacted)") else [short(claim.patient.name, 40)]
    payer = short(claim.payer.name or claim.payer.id or "no payer", 40)
    ordinal = f"claim {claim.index}" + (f" in ST {short(claim.transaction, 12)}" if claim.transaction else "")
    days = _days(claim.lines)
    page.flow(
        "      ",
        [*who, f"DOS {days}", money(claim.charge)],
        lead=(f"CLAIM {short(claim.claim, 40)}   ", "strong"),
    )
    about = [f"{payer} (profile {claim.profile})", ordinal]
    if claim.frequency in _FREQUENCIES:
        about.append(_FREQUENCIES[claim.frequency])
    page.flow("      ", about, lead="      ")
    _strip(claim, findings, page, whole=whole, dated=" to " in days)
    worst_first = sorted(findings, key=lambda finding: -finding.severity.rank)
    shown = worst_first if whole else worst_first[:MANY]
    write_findings(shown, page, claim.index)
    if len(findings) > len(shown):
        page.line(f"    and {count(len(findings) - len(shown), 'more finding')} on this claim")


def write_findings(findings: Iterable[Finding], page: Page, claim: int | None = None) -> None:
    """Findings: severity, code and place; the sentence; why, what to do and the correction.

    Where a rule says the same of several places, why and what to do stand once below them.
    """
    for _, alike in groupby(findings, key=lambda one: (one.code, one.why, _to_do(one))):
        group = list(alike)
        for finding in group[:-1]:
            _write_what(finding, page, claim)
            _write_fix(finding.fix, page)
        last = group[-1]
        _write_what(last, page, claim)
        if len(group) > 1:
            _write_fix(last.fix, page)
        if last.why:
            page.paragraph(last.why, indent=12, label="       Why ")
        if to_do := _to_do(last):
            page.paragraph(to_do, indent=12, label="       Do ")
        if len(group) == 1:
            _write_fix(last.fix, page)


def _to_do(finding: Finding) -> str:
    """The action; once the correction is written, what is left of it."""
    return _DONE if finding.fix and finding.fix.applied else finding.action


def _write_what(finding: Finding, page: Page, claim: int | None) -> None:
    severity, place = finding.severity, finding.location
    head: list[Part] = [_where(finding, claim)]
    box = box_of(place)
    if place.element:
        head.append(f"box {box} ({place.element})" if box else place.element)
    if place.loop and not box:
        head.append(f"loop {place.loop}")
    if place.segment:
        head.append(f"segment {place.segment}")
    tone = TONES[severity]
    page.flow(
        "      ",
        head,
        lead=(f"  {MARKS[severity]} {severity.value.upper():<6} {finding.code}  ", tone),
        gap="  ",
    )
    page.paragraph(finding.message, indent=6)


def _where(finding: Finding, claim: int | None) -> str:
    """The line or other place, with the places it is about besides."""
    place = finding.location
    words = line_words(place)
    others = [_other(one, place) for one in finding.related[:3]]
    if len(finding.related) > 3:
        others.append(f"{len(finding.related) - 3} more")
    words += f" with {', '.join(others)}" if others else ""
    if claim is None and place.claim_index is not None:
        words = f"claim {short(place.claim or '?', 40)} {words}"
    return words


def _other(other: Location, place: Location) -> str:
    words = line_words(other)
    return (
        words
        if other.claim_index == place.claim_index
        else f"{words} of claim {short(other.claim or '?', 40)}"
    )


def _write_fix(fix: Fix | None, page: Page) -> None:
    if fix is None:
        return
    change = f"{_quoted(fix.before)}  ->  {_quoted(fix.after)}"
    page.paragraph(f"{_FIX_WORDS[fix.safety]}:  {change}", indent=12, label="       Fix ")
    if fix.evidence:
        page.paragraph(fix.evidence, indent=12)
    if fix.applied:
        page.paragraph("written to the corrected file", indent=12)
    elif fix.reason:
        page.paragraph(f"not written: {fix.reason}", indent=12)


def _quoted(text: str) -> str:
    """What a correction takes out or puts in; in quotes where blanks would not be seen."""
    if not text:
        return "(nothing)"
    return f'"{text}"' if text != text.strip() or "  " in text else text


def _strip(claim: ClaimRow, findings: Sequence[Finding], page: Page, *, whole: bool, dated: bool) -> None:
    marks: dict[int | None, Severity] = {}
    for finding in findings:
        for place in (finding.location, *finding.related):
            if place.line is not None and place.claim_index == claim.index:
                known = marks.get(place.line)
                if known is None or (place is finding.location and known.rank < finding.severity.rank):
                    marks[place.line] = finding.severity
    lines = claim.lines
    if len(lines) > LONG and not whole:
        lines = [line for line in lines if line.line in marks]
    page.table([_line(line, marks.get(line.line), dated=dated) for line in lines], right=[1, 3, 4, 5])
    if len(lines) < len(claim.lines):
        page.line(f"       and {count(len(claim.lines) - len(lines), 'line')} without findings")


def _line(line: LineRow, mark: Severity | None, *, dated: bool) -> list[Part]:
    return [
        (MARKS[mark], TONES[mark]) if mark else " ",
        "-" if line.line is None else str(line.line),
        " ".join(
            [short(line.code or "-", 12), ":".join(short(modifier, 8) for modifier in line.modifiers)]
        ).rstrip(),
        _units(line),
        "-" if line.minutes is None else f"{line.minutes} min",
        money(line.charge),
        "   ".join(filter(None, [(line.from_ or "no date") if dated else "", short(line.area or "", 30)])),
    ]


def _units(line: LineRow) -> str:
    units = short(line.units, 12) or "-"
    if line.unit == "MJ":
        return f"{units} minutes"
    return f"{units} {'unit' if units == '1' else 'units'}"


def _days(lines: Sequence[LineRow]) -> str:
    firsts = [line.from_ for line in lines if line.from_]
    lasts = [line.to for line in lines if line.to]
    if not firsts:
        return "none"
    first, last = min(firsts), max(lasts, default="")
    return first if last <= first else f"{first} to {last}"
