"""The report for people: what the file is, what was not checked, and the claims to work by money at risk."""

from __future__ import annotations

from typing import BinaryIO

from scrub837 import __version__
from scrub837.report import PLAIN, View
from scrub837.report.claim_block import write_claim, write_findings
from scrub837.report.decided import write_comparison, write_waived
from scrub837.report.group_block import write_group, write_more
from scrub837.report.groups import group_alike
from scrub837.report.layout import Page, Part
from scrub837.report.overview import (
    ALL_CHECKED,
    NOT_CHECKED_NOTE,
    PROVISIONAL,
    STARTER_NOTE,
    corrections,
    editions_used,
    only_starter,
    unchecked,
    verdict,
)
from scrub837.report.survey import RISK, RuleTally, Survey, findings_of, survey, tally_rules
from scrub837.report.timed_days import write_days
from scrub837.report.words import BY_RANK, count, money, short
from scrub837.results import EditionRow, FileReport, Report

SHOWN = 20  # claims, and findings of the file, that are told in full
TOP = 5
_TONES = {"reject": "bad", "deny": "bad", "risk": "warn", "info": "note"}


def write(report: Report, out: BinaryIO, view: View = PLAIN) -> None:
    """Write ``report`` to ``out`` as UTF-8 text. Reads findings back only for the claims that are shown."""
    page = Page(out, view.width, colour=view.colour)
    page.line((f"scrub837 {__version__}", "strong"))
    _reference(report.reference, page)
    for file in report.files:
        page.line()
        _file(file, page, view)
    if len(report.files) > 1:
        _all_files(report, page)
    if report.baseline is not None:
        write_comparison(report.baseline, page)


def _reference(editions: list[EditionRow], page: Page) -> None:
    if only_starter(editions):
        page.paragraph(f"Reference: {STARTER_NOTE}")
    page.table(
        [[used.table, count(used.rows, "row"), used.editions] for used in editions_used(editions)], right=[1]
    )


def _file(file: FileReport, page: Page, view: View) -> None:
    seen = survey(file)
    page.line("=" * page.width)
    page.flow("  ", [(short(file.path, page.width - 2), "strong")])
    _verdict(file, seen, page)
    page.line(f"  {count(file.bytes, 'byte')}, SHA-256 {file.sha256[:12]}")
    if file.status != "refused":
        _reconciliation(file, page)
        _at_a_glance(file, seen, page)
    _file_level(file, seen, page, view)
    if file.status != "refused":
        _not_checked(file, page)
        _claims(file, seen, page, view)
    write_waived(file, page, SHOWN)
    if file.status != "refused":
        if not view.verbose:
            _info(file, page)
        write_days(file, page)
    _footer(file, seen, page)


def _verdict(file: FileReport, seen: Survey, page: Page) -> None:
    found = verdict(file, seen)
    if file.status == "held":
        page.line("  ", (f"{found.word} {found.told}", found.tone))
    else:
        page.line("  ", (found.word, found.tone), f"  {found.told}")
    if file.status == "incomplete":
        page.paragraph(PROVISIONAL, indent=2)


def _reconciliation(file: FileReport, page: Page) -> None:
    counts = file.counts
    page.line()
    rows: list[list[Part]] = [["Counted against declared", "counted", "declared", ""]]
    rows.append(["  interchanges", f"{counts.interchanges:,}", "-", ""])
    for tally in file.tallies:
        declared = "missing" if tally.declared is None else f"{tally.declared:,}"
        wrong = "bad" if tally.counted != tally.declared else ""
        note = "  DIFFERS" if wrong and tally.declared is not None else ""
        rows.append(
            [
                f"  {tally.what}",
                f"{tally.counted:,}",
                (declared, wrong),
                (f"{tally.element}{note}", wrong or "faint"),
            ]
        )
    rows.append(["  claims", f"{counts.claims:,}", "-", ""])
    rows.append(["  lines", f"{counts.lines:,}", "-", ""])
    rows.append(["  charge", money(counts.charge), "-", ("sum of CLM02", "faint")])
    page.table(rows, indent=0, right=[1, 2])


def _at_a_glance(file: FileReport, seen: Survey, page: Page) -> None:
    page.line()
    clean = file.counts.claims - len(seen.to_work)
    words = [f"{count(clean, 'claim')} with nothing to work", f"{len(seen.to_work):,} to work"]
    if seen.held:
        words.append(f"{money(seen.held_charge)} held")
    page.flow("  ", words)
    if len(seen.to_work) > TOP:
        page.line("Most often")
        _rule_table(file, tally_rules(file, least=RISK)[:TOP], page)


def _file_level(file: FileReport, seen: Survey, page: Page, view: View) -> None:
    least = 0 if view.verbose or file.status == "refused" else RISK
    rank = file.found.rank
    grouped = group_alike(file, least=least)
    told = [number for group in grouped.of_file for number in group.examples]
    told += [n for n in seen.file_level if rank[n] >= least and n not in grouped.member]
    numbers = sorted(told, key=lambda n: (-rank[n], n))
    if not numbers:
        return
    page.line()
    page.line(("Findings on the file", "strong"))
    write_findings(map(file.finding, numbers[:SHOWN]), page)
    for group in grouped.of_file:
        write_more(group, len(group.examples), page)
    if len(numbers) > SHOWN:
        page.line(
            f"  and {count(len(numbers) - SHOWN, 'more finding')} on the file: --format concise, csv or json"
        )


def _not_checked(file: FileReport, page: Page) -> None:
    page.line()
    if not file.not_checked:
        page.line(("Not checked", "strong"), f"  {ALL_CHECKED}")
        return
    page.line(("Not checked", "strong"), f"  {NOT_CHECKED_NOTE}")
    found = unchecked(file)
    rows: list[list[Part]] = [[count(one.lines, "line"), one.reason] for one in found]
    page.table(rows, right=[0], below=[", ".join(one.rules) for one in found])


def _claims(file: FileReport, seen: Survey, page: Page, view: View) -> None:
    least = 0 if view.verbose else RISK
    grouped = group_alike(file, least=least)
    claims = [claim for claim in seen.to_work if claim in grouped.alone]
    if view.verbose:
        claims += sorted(grouped.alone.difference(claims))
    if not claims:
        return
    provisional = "  (provisional)" if file.status == "incomplete" else ""
    if grouped.of_claims:
        page.line()
        page.line((f"The same on many claims{provisional}", "strong"), "  (one by one: --format csv or json)")
        for group in grouped.of_claims:
            page.line()
            write_group(file, group, page)
    page.line()
    page.line((f"Claims to work, most money at risk first{provisional}", "strong"))
    shown = claims[:SHOWN]
    days = file.timed.of_claims(shown)
    for claim, numbers in findings_of(file, shown, least=least).items():
        page.line()
        findings = [file.finding(number) for number in numbers if number not in file.waived]
        write_claim(file.claim(claim), findings, page, days=days[claim], whole=view.verbose)
    if len(claims) > SHOWN:
        page.line()
        rest = count(len(claims) - SHOWN, "more claim")
        page.line((f"{rest} by rule", "strong"), "  (one by one: --format concise, csv or json)")
        told = {*shown, *(claim for claim in seen.to_work if claim not in grouped.alone)}
        _rule_table(file, tally_rules(file, least=least, without=told), page, examples=True)


def _info(file: FileReport, page: Page) -> None:
    rules = tally_rules(file, least=0, most=0)
    if rules:
        page.line()
        page.line(("Good to know", "strong"), "  (one by one: -v)")
        _rule_table(file, rules, page)


def _rule_table(file: FileReport, rules: list[RuleTally], page: Page, *, examples: bool = False) -> None:
    rows: list[list[Part]] = [
        [(word, "faint") for word in ("", "code", "rule", "findings", "claims", "charge")]
    ]
    below = [""]
    for rule in rules:
        severity = BY_RANK[rule.rank].value
        row: list[Part] = [
            (severity.upper(), _TONES[severity]),
            file.finding(rule.first).code,
            rule.name,
            f"{rule.findings:,}",
            f"{rule.claims:,}" if rule.claims else "-",
            money(rule.charge) if rule.claims else "-",
        ]
        rows.append(row)
        below.append(f"for example {', '.join(_names(file, rule.examples))}" if examples else "")
    page.table(rows, right=[3, 4, 5], below=below)


def _names(file: FileReport, claims: list[int]) -> list[str]:
    """Claims by CLM01, and by number where that does not tell them apart."""
    names = [short(file.claim(claim).claim, 24) for claim in claims]
    if len(set(names)) == len(names):
        return names
    return [f"{name} (claim {claim})" for name, claim in zip(names, claims, strict=True)]


def _footer(file: FileReport, seen: Survey, page: Page) -> None:
    page.line()
    if file.status != "refused":
        where = f"{len(seen.to_work):,} of {count(file.counts.claims, 'claim')}"
        besides = " and on the file itself" if seen.file_findings else ""
        page.line((f"Found {seen.findings:,} to work in {where}{besides}.", "strong"))
    fixes = corrections(file, seen)
    if fixes:
        page.paragraph("; ".join(fixes) + ".", indent=13, label="Corrections: ")
    worst = max(file.standing or file.order, key=lambda number: file.found.rank[number], default=None)
    if worst is not None:
        page.line(f"`scrub837 explain {file.finding(worst).code}` says more of a rule.")


def _all_files(report: Report, page: Page) -> None:
    summary = report.summary()
    page.line()
    page.line("=" * page.width)
    page.line((f"All {len(report.files):,} files", "strong"))
    page.table([[file.status.upper(), file.path] for file in report.files])
    found = ", ".join(f"{number:,} {severity}" for severity, number in summary.findings.items())
    page.paragraph(
        f"{count(summary.claims, 'claim')}, {summary.claims_clean:,} with nothing to work, "
        f"{summary.claims_held:,} held ({money(summary.charge_held)}). Findings: {found}.",
        indent=2,
    )
