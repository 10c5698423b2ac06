"""The audit from end to end: from a ledger and from JSON, in every form."""

from __future__ import annotations

import json
import re
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from answered import remittance, statuses
from click.testing import CliRunner, Result
from ledgers import KEY, night

from scrub837.cli import main
from scrub837.nightly.ledger import open_ledger
from scrub837.testing import build

BATCH = (
    "id=A | 97110:GP x1 || id=B patient=B | 97140:GP:59 x2 ; 97110:GP x1 || id=C patient=C | 97140:gp x1"
    " || id=D patient=D | 97530:GP x1"
)
STATUS = statuses(("A", "A", "A7:562:85", ""), ("B", "B", "A2:20", "PB"), ("D", "D", "A2:20", "PD"))
PAID = remittance(
    ("B", "B", "PB", "HC:97140:GP:59 100 80 CO-45-20", "HC:97110:GP 50 0 CO-97-50"),
    ("C", "C", "PC", "HC:97140:GP 50 40 CO-45-10"),
)
AS_OF = ("--as-of", "2026-12-01", "--no-guide")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The batch and its answers."""
    made = {"batch": build(BATCH).edi, "status": STATUS.encode(), "paid": PAID.encode()}
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in made}


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(one) for one in arguments], standalone_mode=False)
    assert result.exception is None, result.exception
    return result


def from_json(files: dict[str, Path], folder: Path) -> list[Path]:
    """The JSON report and responses of the batch."""
    report, responses = folder / "report.json", folder / "responses.json"
    run("check", files["batch"], *AS_OF, "--format", "concise", "--output", report)
    answers = files["status"], files["paid"]
    run("responses", *answers, "--batch", files["batch"], *AS_OF, "--output", responses)
    return [report, responses]


def audited(*arguments: object) -> Any:
    return json.loads(run("audit", *arguments, "--format", "json").stdout_bytes)


def test_a_ledger_and_json_tell_the_same(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRUB837_LEDGER_KEY", KEY)
    place = tmp_path / "ledger.sqlite"
    with closing(open_ledger(place)) as ledger:
        night(ledger, BATCH, 9)
    answers = files["status"], files["paid"]
    told = run("responses", *answers, "--batch", files["batch"], *AS_OF, "--ledger", place, "--record")
    assert "what became of 4 claims is kept" in told.stderr
    one, other = audited("--ledger", place), audited(*from_json(files, tmp_path))
    assert (one.pop("sources"), other.pop("sources")) == (
        {"ledger": True, "reports": 0, "responses": 0}, {"ledger": False, "reports": 1, "responses": 1}
    )  # fmt: skip
    assert one == other

    total = one["total"]
    assert (total["claims"], total["charge"], total["clean"], total["held"]) == (4, "300.00", 3, 1)
    assert (total["first"], total["accepted_first"], total["decided_first"], total["paid_first"]) == (
        4,
        3,
        2,
        1,
    )
    assert (total["denied_charge"], total["paid"]) == ("100.00", "120.00")  # A $50, the second line of B $50
    assert (total["manual"], total["manual_59"], total["units"]) == (2, 1, 6.0)
    (bundled,) = [reason for reason in one["reasons"] if reason["code"] == "CO-97"]
    assert (bundled["claims"], bundled["amount"], bundled["foreseen"]) == (1, "50.00", 0)
    assert [(rule["code"], rule["claims"], rule["failed"], rule["paid"]) for rule in one["rules"]] == [
        ("MOD001", 1, 0, 1)
    ]
    assert [(code["code"], code["decided"], code["denied"]) for code in one["codes"]] == [
        ("97110", 1, 1), ("97140", 2, 0), ("97530", 0, 0)
    ]  # fmt: skip


def test_no_form_names_a_patient_or_a_claim(files: dict[str, Path], tmp_path: Path) -> None:
    sources = from_json(files, tmp_path)
    outputs = [tmp_path / f"audit.{suffix}" for suffix in ("txt", "json", "csv", "html")]
    run("audit", *sources, *(part for path in outputs for part in ("--output", path)))
    for path in outputs:
        text = path.read_text("utf-8")
        assert "97140" in text
        assert not re.search("SPECIMEN|BLAKE|1EG4TE5MK|19480722|PAYERB|C1L1", text)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "1 of 2" in outputs[0].read_text("utf-8")


def test_text_of_files_is_inert(tmp_path: Path) -> None:
    hostile = "=cmd|<script>alert(1)</script>\x1b[31m\u202e"
    batch = tmp_path / "batch"
    batch.write_bytes(build("97110:GP x1").edi.replace(b"EXMAC~", b"=HYPERLINK(1)<b>~"))
    report = tmp_path / "report.json"
    run("check", batch, *AS_OF, "--format", "concise", "--output", report)
    report.write_text(
        report.read_text("utf-8").replace("=HYPERLINK(1)<b>", json.dumps(hostile)[1:-1]), "utf-8"
    )
    told = {name: run("audit", report, "--format", name).stdout for name in ("text", "csv", "html")}
    assert "'=cmd" in told["csv"]
    assert "<script" not in told["html"]
    assert not any(mark in text for text in told.values() for mark in ("\x1b", "\u202e"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name a ledger"),
        (("responses.json",), "responses alone tell of no claims"),
        (("report.json", "--ledger", "x.sqlite"), "name one of the two"),
        (("report.json", "--from", "2026-13"), "not a month"),
        (("none.json",), "none.json cannot be read"),
        (("batch",), "not JSON that scrub837 wrote"),
        (("report.json", "--output", "audit.doc"), "the suffix says"),
        (("report.json", "--output", "report.json"), "is the input"),
    ],
)
def test_what_cannot_be_done_is_told(
    files: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    from_json(files, tmp_path)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["audit", *arguments], standalone_mode=False)
    assert words in str(result.exception)


@pytest.mark.parametrize(("width", "scheme"), [(1360, "light"), (390, "dark")])
def test_axe_finds_nothing_and_nothing_runs_out_of_the_page(
    files: dict[str, Path], tmp_path: Path, chromium: str, width: int, scheme: Any
) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    page_file = tmp_path / "audit.html"
    run("audit", *from_json(files, tmp_path), "--output", page_file)
    flags = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
             "disable-component-update", "disable-sync")  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[f"--{flag}" for flag in flags])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.goto(page_file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("svg").count() >= 5
        assert Axe().run(page).response["violations"] == []
        browser.close()
