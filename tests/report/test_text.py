"""The text report: what stands in it, in which order, and that no text of a file can harm a screen."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from scrub837.findings import Finding, Severity
from scrub837.reference.store import open_reference
from scrub837.report import PLAIN, View, as_concise, as_csv, as_text
from scrub837.results import EditionRow, FileReport, Report
from scrub837.rules._rule import Context, Rule, Scope, manual
from scrub837.rules.mod001_format import ModifierFormat
from scrub837.testing import build, judge

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class HighCharge(Rule):
    """Holds claims of more than $1,000, puts others of more than $500 at risk; others are good to know."""

    code, name, severity, scope = "CLM997", "high-charge", Severity.INFO, Scope.CLAIM

    def check(self, subject: object, context: Context) -> Iterable[Finding]:  # noqa: ARG002 - as rules are asked
        charge = subject.charge  # type: ignore[attr-defined] # a Claim, by the rule's scope
        severity = Severity.DENY if charge > 1000 else Severity.RISK if charge > 500 else Severity.INFO
        fix = manual("", "", "a person decides") if severity is Severity.DENY else None
        yield self.finding(subject.locate("CLM02"), "That is much.", severity=severity, fix=fix)  # type: ignore[attr-defined]


class InWords(HighCharge):
    """The same, with a sentence of its own for each amount."""

    def check(self, subject: object, context: Context) -> Iterable[Finding]:
        for finding in super().check(subject, context):
            letters = str(subject.charge).translate(str.maketrans("0123456789", "abcdefghij"))  # type: ignore[attr-defined]
            yield self.finding(finding.location, f"{letters} is much.", severity=finding.severity)


@contextmanager
def reported(
    monkeypatch: pytest.MonkeyPatch, notation: str, *rules: Rule, **options: object
) -> Iterator[FileReport]:
    monkeypatch.setattr("scrub837.scan.all_rules", lambda: rules)
    with closing(judge(notation, **options)) as file:  # type: ignore[arg-type] # passed through
        yield file


def text_of(file: FileReport, view: View = PLAIN) -> str:
    out = io.BytesIO()
    as_text.write(Report([file], [EditionRow.of(one) for one in open_reference(None).editions]), out, view)
    return out.getvalue().decode()


def test_a_claim_as_a_biller_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    notation = "id=PCN-10442 | 97140:GP x2 $82 ; 97530:gp x2 $90 ; G0283:GP x1 $40"
    with reported(monkeypatch, notation, ModifierFormat()) as file:
        text = text_of(file)
    head, _, block = text.partition("\nCLAIM ")
    assert block.splitlines()[:13] == [
        "PCN-10442   SAMPLE, AVERY   DOS 2026-11-03   $212.00",
        "      EXAMPLE MEDICARE CONTRACTOR (profile medicare)   claim 1 in ST 0001",
        "     1  97140 GP  2 units  -  $82.00",
        "  !  2  97530 GP  2 units  -  $90.00",
        "     3  G0283 GP   1 unit  -  $40.00",
        "  ! DENY   MOD001  line 2  box 24D (SV101-3)  segment 29",
        "      Modifier 'gp' on 97530 is sent in small letters; it should read GP.",
        "       Why  Payers compare modifiers to the letter; anything else is an invalid",
        "            modifier.",
        "       Do   Write the corrected file, and enter it so in the practice system.",
        "       Fix  safe:  gp  ->  GP",
        "",
        "Found 1 to work in 1 of 1 claim.",
    ]
    assert "built-in starter edition" in " ".join(head.splitlines()[:4])
    assert "HELD 1 claim ($212.00)" in head
    assert f"SHA-256 {file.sha256[:12]}" in head
    assert "Corrections: 1 safe can be written with --corrected PATH." in block
    assert "`scrub837 explain MOD001`" in block


def test_what_is_counted_stands_beside_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    built = build("97530:GP x2 $90", (("SE*28*", "SE*31*"), ("GE*1*1~\n", "")))
    with reported(monkeypatch, built) as file:  # type: ignore[arg-type] # judge takes what is built, too
        rows = [line.split() for line in text_of(file).splitlines()]
    assert ["segments", "28", "31", "SE01", "DIFFERS"] in rows
    assert ["transactions", "1", "missing", "GE01"] in rows
    assert ["groups", "1", "1", "IEA01"] in rows
    assert ["charge", "$90.00", "-", "sum", "of", "CLM02"] in rows


def test_what_was_not_checked_is_said_with_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    with reported(monkeypatch, "97530:GP x2 $90 ; 97110:GP x1") as file:
        text = text_of(file)
    assert "  2 lines  switched off (--no-guide)\n        implementation-guide\n" in text
    assert "READY" in text


def claims(charges: Iterable[int]) -> str:
    return " || ".join(f"id=C{n} | 97110:GP x1 ${charge}" for n, charge in enumerate(charges, start=1))


def test_held_claims_come_first_then_money_then_the_order_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with reported(monkeypatch, claims([600, 1200, 90, 5000, 600, 900]), HighCharge()) as file:
        text = text_of(file)
    assert re.findall(r"^CLAIM (\w+)", text, re.M) == ["C4", "C2", "C6", "C1", "C5"]
    assert "1 claim with nothing to work   5 to work   $6,200.00 held" in text
    assert "  INFO  CLM997  high-charge         1       1  $90.00" in text
    assert "Corrections: 2 only a person may make." in text


def test_beyond_twenty_claims_the_rest_is_counted_by_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    charges = [600 + n for n in range(25)]  # C25 is the dearest; C5 to C1 are left
    with reported(monkeypatch, claims(charges), InWords()) as file:
        text = text_of(file)
    assert re.findall(r"^CLAIM (\w+)", text, re.M) == [f"C{n}" for n in range(25, 5, -1)]
    assert "5 more claims by rule" in text
    assert (
        "  RISK  CLM997  high-charge         5       5  $3,010.00\n        for example C5, C4, C3\n" in text
    )


def test_the_same_on_many_claims_is_told_once_with_three_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    charges = [600 + n for n in range(400)]
    with reported(monkeypatch, claims([*charges, 1200]), HighCharge()) as file:
        text = text_of(file)
    assert re.findall(r"^CLAIM (\w+)", text, re.M) == ["C401", "C400", "C399", "C398"]
    assert "  ? RISK   CLM997  400 claims   $319,800.00\n      That is much.\n" in text
    named = "C400, C399, C398, C1, C2, C3, C4, C5, C6 and 391 more"
    assert named in " ".join(text.split())
    assert len(text.splitlines()) < 75
    assert "Found 401 to work in 401 of 401 claims." in text


def test_five_claims_are_no_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    with reported(monkeypatch, claims([600] * 5), HighCharge()) as file:
        text = text_of(file)
    assert len(re.findall(r"^CLAIM ", text, re.M)) == 5
    assert "The same on many claims" not in text


def test_verbose_tells_of_what_is_only_good_to_know(monkeypatch: pytest.MonkeyPatch) -> None:
    with reported(monkeypatch, claims([600, 90]), HighCharge()) as file:
        text = text_of(file, View(verbose=True))
    assert re.findall(r"^CLAIM (\w+)", text, re.M) == ["C1", "C2"]
    assert "  i INFO   CLM997  claim  box 28 (CLM02)" in text
    assert "Good to know" not in text


def test_a_long_claim_shows_the_lines_with_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["97110:GP x1"] * 20
    lines[16] = "97110:gp x1"
    with reported(monkeypatch, " ; ".join(lines), ModifierFormat()) as file:
        brief, whole = text_of(file), text_of(file, View(verbose=True))
    assert re.findall(r"^  .  +(\d+)  97110", brief, re.M) == ["17"]
    assert "and 19 lines without findings" in brief
    assert re.findall(r"^  .  +(\d+)  97110", whole, re.M) == [str(n) for n in range(1, 21)]


def test_colour_is_never_the_only_carrier(monkeypatch: pytest.MonkeyPatch) -> None:
    with reported(monkeypatch, "97530:gp x2 $90", ModifierFormat()) as file:
        plain, coloured = text_of(file), text_of(file, View(colour=True))
    assert ESCAPE.search(coloured)
    assert [line.rstrip() for line in ESCAPE.sub("", coloured).splitlines()] == plain.splitlines()


HOSTILE = "A\x1b]0;owned\x07\x9b2J\x0d" + "W" * 300


@pytest.mark.parametrize("view", [View(), View(width=110, colour=True, verbose=True)])
def test_hostile_text_is_inert(monkeypatch: pytest.MonkeyPatch, view: View) -> None:
    edits = (
        ("CLM*C1*", f"CLM*{HOSTILE}*"),
        ("NM1*IL*1*SAMPLE*AVERY", "NM1*IL*1*SAM\x1b[31mPLE*AV\x85ERY"),
        ("NM1*PR*2*EXAMPLE MEDICARE CONTRACTOR", "NM1*PR*2*\x1b[2JEXAMPLE\xad"),
        ("HC:97110:GP", "HC:97\x1b[8m110:G\x07P:" + "M" * 300),
    )
    built = build("97110:GP x1 $1200", edits)
    with reported(monkeypatch, built, HighCharge(), ModifierFormat()) as file:  # type: ignore[arg-type]
        file.path = "batch\u202eide.\x1b[2Jexe"
        file.sha256 = file.sha256 or "0" * 64
        text = text_of(file, view)
        concise, table = io.BytesIO(), io.BytesIO()
        as_concise.write(Report([file], []), concise)
        as_csv.write(Report([file], []), table)
    assert r"batch\u202eide.\x1b[2Jexe" in text
    for told in (ESCAPE.sub("", text) if view.colour else text, concise.getvalue().decode()):
        assert all(line.isprintable() for line in told.split("\n"))
    assert all(line.isprintable() for line in table.getvalue().decode().split("\r\n"))
    assert max(map(len, ESCAPE.sub("", text).splitlines())) <= view.width


def test_several_files_are_told_one_by_one_and_summed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        reported(monkeypatch, claims([1200]), HighCharge()) as one,
        reported(monkeypatch, claims([90]), HighCharge()) as two,
    ):
        one.path, two.path = "one.edi", "two.edi"
        out = io.BytesIO()
        as_text.write(Report([one, two], []), out)
    text = out.getvalue().decode()
    assert text.index("one.edi") < text.index("two.edi") < text.index("All 2 files")
    told = "2 claims, 1 with nothing to work, 1 held ($1,200.00). Findings: 0 reject, 1 deny,"
    assert told in " ".join(text.split())


def test_the_report_is_whole_or_absent(tmp_path: Path) -> None:
    from scrub837.report.files import Destination, write_file

    def half(report: Report, out: io.BufferedWriter, view: View) -> None:
        out.write(b"half a report")
        raise OSError(28, "No space left on device")

    path = tmp_path / "r.txt"
    path.write_text("the report of yesterday")
    from scrub837.errors import OutputUnwritable

    with pytest.raises(OutputUnwritable, match="No space left"):
        write_file(Report([], []), Destination(path, half))  # type: ignore[arg-type] # a stream that breaks
    assert path.read_text() == "the report of yesterday"
    assert list(tmp_path.iterdir()) == [path]
