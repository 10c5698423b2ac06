"""The HTML report: what stands in it, that a browser opens it alone, and that everybody can read it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree, html

from scrub837.claims.documentation import Documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.findings import Waived
from scrub837.reference.store import open_reference
from scrub837.report import as_html, as_json
from scrub837.results import EditionRow, FileReport, Report
from scrub837.testing import TODAY, build, judge
from scrub837.x12.source import Source

FIXTURES = Path(__file__).parents[2] / "fixtures" / "edi"
MANY = " || ".join(
    f"id=G{n} patient={'ABC'[n % 3]} | 97110:gp x1 $5{n} dos=2026-11-0{n + 1}" for n in range(8)
)
LONG = " ; ".join(
    [f"97112:GP x1 $40 dos=2026-10-{n:02}" for n in range(1, 15)] + ["97116:gp x1 $30 dos=2026-10-15"]
)
WORK = (
    f"{MANY} || id=PAIR | 97140:GP x2 $82 [neck] @25 ; 97530:GP x2 $90 @22 ; G0283:GP x1 $40 @15"
    f" || id=DUP dos=2026-11-12 | 97530:GO:GO x2 $46 || id=LONG | {LONG}"
    " || id=SUM total=500 dos=2026-11-13 | 97110:GP x1 $50"
    " || id=FINE dos=2026-11-14 | 97110:GP x1 $50"
)
HOSTILE = '<script>window.owned=1</script><img src=x onerror="window.owned=1">"\'>&amp;'
RTL, ESCAPE = "\u202e", "\x1b[2J\x07"


def check_bytes(data: bytes, name: str, *, redact: bool = False) -> FileReport:
    settings = replace(built_in_settings(today=TODAY, guide=False), redact=redact)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return scan(Source(name, file), Job(settings, open_reference(None), Documentation([])))


def page_of(*files: FileReport) -> bytes:
    out = io.BytesIO()
    as_html.write(report_of(*files), out)
    return out.getvalue()


def report_of(*files: FileReport) -> Report:
    return Report(list(files), [EditionRow.of(one) for one in open_reference(None).editions])


def json_of(*files: FileReport) -> Any:
    out = io.BytesIO()
    as_json.write(report_of(*files), out)
    return msgspec.json.decode(out.getvalue())


def text(node: Any) -> str:
    return " ".join(" ".join(node.itertext()).split())


@pytest.fixture(scope="module")
def files() -> Iterator[list[FileReport]]:
    """A file with everything in it, and one of each kind that is not simply judged."""
    cut = (FIXTURES / "envelope" / "cut" / "before.edi").read_bytes()
    with ExitStack() as stack:
        work = judge(WORK)
        risk = next(n for n in work.standing if work.found.name[n] == "ptp-unbypassed")
        work.waived = {risk: Waived(reason="Seen by the payer", person="DQ", expires=date(2026, 12, 31))}
        work.fresh = frozenset(work.order[:3])
        given = [
            work,
            check_bytes(cut, "cut.edi"),
            check_bytes(b"%PDF-1.7 not ours", "letter.pdf"),
            check_bytes(build("97110:GP x1").edi, "ready.edi"),
        ]
        for file in given:
            stack.callback(file.close)
        yield given


@pytest.fixture(scope="module")
def one(files: list[FileReport]) -> html.HtmlElement:
    return html.fromstring(page_of(files[0]))


def test_every_finding_and_every_number_of_the_json_report_is_on_the_page(
    files: list[FileReport], one: html.HtmlElement
) -> None:
    [file], summary = json_of(files[0])["files"], json_of(files[0])["summary"]
    ids = set(one.xpath("//@id"))
    assert all(f"n{n}" in ids or f"r1-{n}" in ids for n in files[0].order)
    told = " ".join(text(part) for part in one.cssselect(".says, .rows td"))
    assert [
        f["message"] for f in file["findings"] if f["message"] not in told and "gp" not in f["message"]
    ] == []
    chart = {
        text(g.find("title") if g.find("title") is not None else g) for g in one.cssselect("svg rect.bar")
    }
    assert {
        f"{name.capitalize()}: {n} finding{'' if n == 1 else 's'}" for name, n in summary["findings"].items()
    } <= chart
    tiles = [text(part) for part in one.cssselect(".tiles > div")]
    assert tiles[0] == f"Held ${float(summary['charge_held']):,.2f} {summary['claims_held']} claims"
    assert tiles[2] == f"Nothing to work {summary['claims_clean']} claim"
    counted = {text(row[0]): text(row[1]) for row in one.cssselect(".counts tbody tr")}
    assert counted["Claims"] == str(file["counts"]["claims"])
    assert counted["Segments"] == str(next(d["counted"] for d in file["declared"] if d["what"] == "segments"))
    reasons = " ".join(text(part) for part in one.cssselect(".reasons li"))
    assert all(note["reason"] in reasons for note in file["not_checked"])


def test_a_claim_as_a_biller_reads_it(one: html.HtmlElement) -> None:
    [claim] = [
        part for part in one.cssselect("article.claim") if text(part.cssselect("h4")[0]) == "Claim DUP"
    ]
    assert text(claim.cssselect(".charge")[0]) == "$46.00"
    facts = {text(part[0]): text(part[1]) for part in claim.cssselect(".facts div")}
    assert facts["Payer"] == "EXAMPLE MEDICARE CONTRACTOR (profile medicare)"
    assert facts["Service"] == "2026-11-12"
    assert facts["In the file"] == "claim 10 in ST 0001"
    assert [text(cell) for cell in claim.cssselect(".strip tbody tr")[0]] == [
        "1 deny",
        "97530 GO:GO",
        "2",
        "-",
        "$46.00",
    ]
    card = claim.cssselect(".card")[0]
    assert text(card.cssselect(".head")[0]).startswith("Deny MOD002 line 1 · box 24D · SV101 · segment")
    assert text(card.cssselect(".says")[0]) == "97530 carries modifier GO more than once."
    assert text(card.cssselect("del")[0]) == "HC:97530:GO:GO"
    assert text(card.cssselect("ins")[0]) == "HC:97530:GO"
    assert card.cssselect(".raw")[0].text_content() == "As sent: SV1*HC:97530:GO:GO*46*UN*2***1~"
    assert text(card.cssselect(".raw mark")[0]) == "HC:97530:GO:GO"
    assert [term.text for term in card.cssselect("dt")] == ["Why", "Do", "Change"]


def test_the_same_on_many_claims_is_one_group_with_all_claims_in_reach(one: html.HtmlElement) -> None:
    group = one.cssselect("article.group.has-deny")[0]
    assert text(group.cssselect("h4")[0]) == "Deny MOD001 9 claims $1,018.00"
    rows = [text(row[0]) for row in group.cssselect("details tbody tr")]
    assert rows == ["LONG", "G7", "G6", "G5", "G4", "G3", "G2", "G1", "G0"]
    whole = [text(part) for part in one.cssselect("article.claim h4")]
    assert {"Claim LONG", "Claim G7", "Claim G6"} <= set(whole)
    assert not {"Claim G5", "Claim G0", "Claim FINE"} & set(whole)
    assert [text(row.cssselect("th")[0]) for row in group.cssselect("tbody tr") if row.cssselect("th a")] == [
        "LONG",
        "G7",
        "G6",
    ]


def test_claims_stand_by_money_and_rules_are_explained_in_the_page(one: html.HtmlElement) -> None:
    assert [text(part) for part in one.cssselect("article.claim .charge")][:2] == ["$590.00", "$500.00"]
    links = {link.get("href") for link in one.cssselect("main a")}
    ids = one.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {"#rule-MOD001", "#rule-CLM001"} <= links
    assert [link for link in one.xpath("//@href") if link.startswith("#") and link[1:] not in ids] == []
    rule = one.get_element_by_id("rule-MOD001")
    assert "Payers compare modifiers to the letter." in text(rule)
    assert "gp" in [code.text for code in rule.cssselect("code")]


def test_the_outline_is_sound(files: list[FileReport]) -> None:
    page = html.fromstring(page_of(*files))
    levels = [int(str(part.tag)[1]) for part in page.cssselect("h1, h2, h3, h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for table in page.cssselect("table"):
        assert table.cssselect("thead th[scope=col]")
    words = [text(part) for part in page.cssselect(".verdict .word")]
    assert words == ["HELD", "INCOMPLETE", "REFUSED", "READY"]
    assert "provisional" in text(page.cssselect("#f2 .told")[0])
    assert page.cssselect("#f3 .says")  # why it was refused
    assert not page.cssselect("#f3 .tiles")


def test_waived_and_new_findings_are_marked(one: html.HtmlElement) -> None:
    waived = one.cssselect("#f1-waived ~ details .chip")
    assert "waived by DQ until 2026-12-31: Seen by the payer" in [text(chip) for chip in waived]
    chips = {text(chip) for chip in one.cssselect(".chip")}
    assert {"new", "still open"} <= chips


def test_it_is_written_piece_by_piece_and_always_the_same() -> None:
    class Pieces(io.BytesIO):
        largest = 0

        def write(self, data: Any) -> int:
            self.largest = max(self.largest, len(data))
            return super().write(data)

    notation = " || ".join(
        f"id=C{n} | 97110:{m} x1 dos=2026-{n % 12 + 1:02}-01" for n in range(500) for m in ["gp"]
    )
    with closing(judge(notation)) as file:
        first, second = Pieces(), Pieces()
        as_html.write(report_of(file), first)
        as_html.write(report_of(file), second)
    assert first.getvalue() == second.getvalue()
    assert first.largest < len(first.getvalue()) / 5


def test_what_json_hides_the_page_hides() -> None:
    edi = build("97110:gp x1 $50", (("DMG*D8*19", "DMG*D8*21"),)).edi  # a finding on what names a patient
    with (
        closing(check_bytes(edi, "x.edi")) as open_,
        closing(check_bytes(edi, "x.edi", redact=True)) as hidden,
    ):
        told, bare = page_of(open_).decode(), page_of(hidden).decode()
        [claim] = json_of(open_)["files"][0]["claims"]
    patient = claim["patient"]
    secrets = [
        *patient["name"].split(", "),
        patient["member_id"],
        patient["birth_date"],
        "12 PLACEHOLDER AVE",
    ]
    assert [secret for secret in secrets if secret in bare] == []
    assert [secret for secret in secrets if secret in told] == [
        *patient["name"].split(", "),
        patient["birth_date"],
    ]
    assert "DMG*<mark>" not in told
    assert "DMG*(redacted)" in bare
    assert "Patients are not named" in bare


def test_beyond_five_hundred_claims_the_rest_is_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrub837.report.html_view.IN_FULL", 2)
    with closing(judge(WORK)) as file:
        page = html.fromstring(page_of(file))
        ids = page.xpath("//@id")
        missing = [n for n in file.standing if f"n{n}" not in ids and f"r1-{n}" not in ids]
    assert len(page.cssselect("article.claim")) == 2
    [rest] = [part for part in page.cssselect("article.group") if "less money" in text(part)]
    assert {"DUP", "PAIR"} <= {text(row[0]) for row in rest.cssselect("tbody tr")}
    assert {row.get("data-code") for row in rest.cssselect("tbody tr")} == set(
        rest.attrib["data-rules"].split()
    )
    assert missing == []


# --- in a browser -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    flags += ["--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium, args=flags)
        yield running
        running.close()


@pytest.fixture(scope="module")
def pages(files: list[FileReport], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "one.html").write_bytes(page_of(files[0]))
    few = " || ".join(MANY.split(" || ")[:6])
    with closing(
        judge(f"{few} || id=PAIR | 97140:GP x2 [neck] @25 ; 97530:GP x2 @22 || id=LONG | {LONG}")
    ) as file:
        file.fresh = frozenset()
        (folder / "all.html").write_bytes(page_of(file, *files[1:]))
    edits = (
        ("CLM*C1*", f"CLM*{HOSTILE}{ESCAPE}{'W' * 300}*"),
        ("NM1*IL*1*SAMPLE*AVERY", f"NM1*IL*1*{HOSTILE}*{ESCAPE}\xad"),
        ("NM1*PR*2*EXAMPLE MEDICARE CONTRACTOR", f"NM1*PR*2*{HOSTILE}{'M' * 300}"),
        ("HC:97110:gp", f"HC:97110:<b>{'Q' * 300}"),
        ("REF*6R*", "REF*6R*</style></script>"),
    )
    with closing(judge("97110:gp x1 $50", edits=edits)) as file:
        file.path = f"batch{RTL}ide.<script>window.owned=1</script>"
        (folder / "hostile.html").write_bytes(page_of(file))
    return folder


class Opened:
    """A page in a browser of its own, with what it did besides showing itself."""

    def __init__(self, browser: Any, path: Path, **how: Any) -> None:
        self.context = browser.new_context(**how)
        self.page = self.context.new_page()
        self.trouble: list[str] = []
        self.page.on("console", lambda one: self.trouble.append(one.text))
        self.page.on("pageerror", lambda one: self.trouble.append(str(one)))
        self.page.on("request", self._asked)
        self.page.goto(path.as_uri())

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.trouble.append(request.url)

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def claims(self) -> list[str]:
        """The claims that are shown, by number."""
        return self.shown("article.claim", "h4")

    def shown(self, parts: str, name: str) -> list[str]:
        """The last words of ``name`` in those ``parts`` that are not filtered out."""
        texts: list[str] = self.page.locator(parts).evaluate_all(
            "(all, name) => all.filter(one => one.getClientRects().length)"
            ".map(one => one.querySelector(name).lastChild.textContent.trim())",
            name,
        )
        return texts

    def told(self, words: str) -> str:
        """The line about what is shown, once it holds ``words``."""
        from playwright.sync_api import expect

        line = self.page.locator("#found")
        expect(line).to_contain_text(words)
        return str(line.text_content())


WIDE, NARROW = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide", "narrow"])
def test_axe_finds_nothing_serious_and_nothing_runs_out_of_the_page(
    browser: Any, pages: Path, size: dict[str, int], scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with Opened(browser, pages / "all.html", viewport=size, color_scheme=scheme) as opened:
        opened.page.evaluate(
            "document.querySelectorAll('details').forEach(one => { one.open = true });"
            # what is laid out late would be judged where it does not stand
            "document.querySelectorAll('.work, .rule').forEach("
            "one => { one.style.contentVisibility = 'visible' })"
        )
        found = Axe().run(opened.page).response["violations"]
        serious = [
            (one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"][:300])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert opened.trouble == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_filters_by_severity_need_no_script(browser: Any, pages: Path, *, script: bool) -> None:
    with Opened(browser, pages / "one.html", java_script_enabled=script, viewport=WIDE) as opened:
        every = opened.claims()
        opened.page.check("#show-deny")
        deny = opened.claims()
        opened.page.check("#show-reject")
        assert opened.claims() == []
        opened.page.check("#show-all")
        assert opened.claims() == every
        assert {"LONG", "SUM", "DUP"} <= set(deny) < {*every, "-"}
        assert opened.page.locator("#find").is_visible() is script
        assert opened.trouble == []


def test_finding_claims_and_rules_with_script(browser: Any, pages: Path) -> None:
    with Opened(browser, pages / "one.html", viewport=WIDE) as opened:
        page = opened.page
        page.fill("#find", "g3")
        number = page.locator("article.claim").count()
        assert opened.told("1 groups") == f"0 of {number} claims and 1 groups shown"
        assert opened.claims() == []
        assert opened.shown("article.group tbody tr", "th") == ["G3"]
        page.fill("#find", "")
        page.select_option("#rule", "CLM001")
        assert opened.told("1 of") == f"1 of {number} claims and 0 groups shown"
        assert opened.claims() == ["SUM"]


def test_keys_reach_what_the_mouse_reaches(browser: Any, pages: Path) -> None:
    with Opened(browser, pages / "one.html", viewport=WIDE) as opened:
        page = opened.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
        assert page.locator(".skip").bounding_box()["x"] >= 0
        page.locator("article.group summary").first.focus()
        page.keyboard.press("Enter")
        assert page.locator("article.group details").first.evaluate("one => one.open")
        page.locator("svg a").first.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.querySelector(':target').classList.contains('rule')")


def test_printed_a_claim_stays_on_a_page(browser: Any, pages: Path) -> None:
    with Opened(browser, pages / "one.html", viewport=WIDE, color_scheme="dark") as opened:
        page = opened.page
        page.emulate_media(media="print")
        style = (
            "one => { const style = getComputedStyle(one);"
            " return [style.breakInside, style.contentVisibility, style.backgroundColor] }"
        )
        assert page.locator("article.claim").first.evaluate(style) == [
            "avoid",
            "visible",
            "rgb(255, 255, 255)",
        ]
        assert not page.locator(".finder").is_visible()


def test_hostile_text_does_nothing(browser: Any, pages: Path) -> None:
    raw = (pages / "hostile.html").read_text("utf-8")
    assert RTL not in raw
    assert "\x1b" not in raw
    assert "\xad" not in raw
    with Opened(browser, pages / "hostile.html", viewport=NARROW) as opened:
        assert opened.page.evaluate("window.owned") is None
        assert (
            opened.page.locator("main img, main b:not(.sev):not(.word), main script").count()
            == opened.page.locator(".time b").count()
        )
        assert (
            "<script>window.owned=1</script>" in opened.page.locator("article.claim h4").first.text_content()
        )
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        assert opened.trouble == []


def test_the_policy_allows_nothing_but_what_is_in_the_page(one: html.HtmlElement) -> None:
    policy = one.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert not one.xpath("//*[@style or @onclick or @onerror]")
    assert not [link for link in one.xpath("//@src | //@href") if not link.startswith(("#", "data:,"))]
    assert etree.tostring(one).count(b"<script") == 1
