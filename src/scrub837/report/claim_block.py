"""A claim as a biller sees it: who and how much, its lines in a strip, and under them what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scrub837.findings import Finding, Fix, Severity
from scrub837.report.claim_words import (
    FIX_WORDS,
    FREQUENCIES,
    LONG,
    MANY,
    NAME,
    alike,
    billed,
    days_of,
    line_marks,
    ordinal_of,
    patient_of,
    payer_of,
    place_words,
    quoted,
    to_do,
    units_of,
)
from scrub837.report.layout import Page, Part
from scrub837.report.timed_days import day_words
from scrub837.report.words import MARKS, box_of, count, money, short
from scrub837.results import ClaimRow, LineRow
from scrub837.timed import TimedRow

TONES = {Severity.REJECT: "bad", Severity.DENY: "bad", Severity.RISK: "warn", Severity.INFO: "note"}


def write_claim(
    claim: ClaimRow,
    findings: Sequence[Finding],
    page: Page,
    *,
    days: Sequence[TimedRow] = (),
    whole: bool = False,
) -> None:
    """The block of one claim; ``whole`` shows every line, timed day and finding of a long one."""
    who, service = patient_of(claim), days_of(claim.lines)
    page.flow(
        "      ",
        [*([short(who, NAME)] if who else []), f"DOS {service}", money(claim.charge)],
        lead=(f"CLAIM {short(claim.claim, NAME)}   ", "strong"),
    )
    about = [payer_of(claim), ordinal_of(claim)]
    if claim.frequency in FREQUENCIES:
        about.append(FREQUENCIES[claim.frequency])
    page.flow("      ", about, lead="      ")
    _strip(claim, findings, page, whole=whole, dated=" to " in service)
    for day in days if whole else days[:MANY]:
        page.paragraph(day_words(day, claim.index), indent=12, label="       Time ")
    worst_first = sorted(findings, key=lambda finding: -finding.severity.rank)
    shown = worst_first if whole else worst_first[:MANY]
    write_findings(shown, page, claim.index)
    if len(findings) > len(shown):
        page.line(f"    and {count(len(findings) - len(shown), 'more finding')} on this claim")


def write_findings(findings: Iterable[Finding], page: Page, claim: int | None = None) -> None:
    """Findings: severity, code and place; the sentence; why, what to do and the correction.

    Where a rule says the same of several places, why and what to do stand once below them.
    """
    for group in alike(findings):
        for finding in group[:-1]:
            _write_what(finding, page, claim)
            write_fix(finding.fix, page)
        last = group[-1]
        _write_what(last, page, claim)
        if len(group) > 1:
            write_fix(last.fix, page)
        write_reasons(last, page)
        if len(group) == 1:
            write_fix(last.fix, page)


def write_reasons(finding: Finding, page: Page) -> None:
    """Why it matters and what to do."""
    if finding.why:
        page.paragraph(finding.why, indent=12, label="       Why ")
    if action := to_do(finding):
        page.paragraph(action, indent=12, label="       Do ")


def _write_what(finding: Finding, page: Page, claim: int | None) -> None:
    severity, place = finding.severity, finding.location
    head: list[Part] = [place_words(finding, claim)]
    box = box_of(place)
    if place.element:
        head.append(f"box {box} ({place.element})" if box else place.element)
    if place.loop and not box:
        head.append(f"loop {place.loop}")
    if place.segment:
        head.append(f"segment {place.segment}")
    tone = TONES[severity]
    fresh = "NEW  " if finding.since == "new" else ""
    page.flow(
        "      ",
        head,
        lead=(f"  {MARKS[severity]} {severity.value.upper():<6} {finding.code}  {fresh}", tone),
        gap="  ",
    )
    page.paragraph(finding.message, indent=6)


def write_fix(fix: Fix | None, page: Page) -> None:
    """The element before and after, who may change it, and what became of it."""
    if fix is None:
        return
    change = f"{quoted(fix.before)}  ->  {quoted(fix.after)}"
    page.paragraph(f"{FIX_WORDS[fix.safety]}:  {change}", indent=12, label="       Fix ")
    if fix.evidence:
        page.paragraph(fix.evidence, indent=12)
    if fix.applied:
        page.paragraph("written to the corrected file", indent=12)
    elif fix.reason:
        page.paragraph(f"not written: {fix.reason}", indent=12)


def _strip(claim: ClaimRow, findings: Sequence[Finding], page: Page, *, whole: bool, dated: bool) -> None:
    marks = line_marks(claim, findings)
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
        billed(line),
        units_of(line),
        "-" if line.minutes is None else f"{line.minutes} min",
        money(line.charge),
        "   ".join(filter(None, [(line.from_ or "no date") if dated else "", short(line.area or "", 30)])),
    ]
