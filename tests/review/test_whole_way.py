"""From a batch to files that may be sent, in Debian's Chromium, as a biller clicks; two people at once."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from front_desk import Running, Start, batch_bytes

from scrub837.cli import main

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Page

sys.path.append(str(Path(__file__).parents[2] / "bench"))
answers = importlib.import_module("answers")

SEED = 3  # BACK is rejected, PAIR, SMALL and FINE are paid, PLAIN is not answered
PATIENTS = ("SAMPLE", "SPECIMEN", "EXAMPLE%2C", "MOCKUP", "FIGMENT", "1EG4TE5MK7")


class Biller:
    """Somebody at a browser. Counts the clicks, and remembers every address that was asked for."""

    def __init__(self, browser: Browser, here: Running, name: str, **options: Any) -> None:
        size = {"width": 1366, "height": 768}
        self.context = browser.new_context(**({"viewport": size} | options))
        self.page: Page = self.context.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.clicks = 0
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda told: self.said.append(f"{told.type}: {told.text}"))
        self.page.goto(f"{here.base}/enter?token={here.token()}")
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_role("button", name="Come in").click()

    def click(self, role: Any, name: str) -> None:
        """Click on something by what it is called."""
        self.clicks += 1
        self.page.get_by_role(role, name=name).first.click()

    def open(self, summary: str) -> None:
        """Unfold something."""
        self.clicks += 1
        self.page.locator("summary", has_text=summary).click()

    def bring(self, *files: tuple[str, bytes]) -> None:
        """Choose files and bring them in; the dialog of the browser counts as one click."""
        self.clicks += 1
        given: list[FilePayload] = [
            {"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files
        ]
        self.page.locator("input[type=file]").set_input_files(given)
        self.click("button", "Bring in")

    def attest(self, line: str, start: str, stop: str, area: str) -> None:
        """Vouch for the time and area of a line."""
        self.open("Attest treatment time")
        form = self.page.locator("form:has(input[value=attest])")
        form.locator("[name=line]").select_option(label=line)
        form.locator("[name=provider_role]").select_option("PT")
        for name, value in (("start", start), ("stop", stop), ("area", area), ("reason", "Separate goal")):
            form.locator(f"[name={name}]").fill(value)
        self.click("button", "Attest")


def saved(biller: Biller, name: str, folder: Path) -> Path:
    """A file from the page."""
    with biller.page.expect_download() as waiting:
        biller.click("link", f"Save: {name}")
    target = folder / waiting.value.suggested_filename
    waiting.value.save_as(target)
    return target


def check(path: Path, here: Running, *more: str) -> int:
    """What ``scrub837 check`` says, pyx12 asked as well."""
    workspace = here.desk.workspace
    options = ["--documentation", str(workspace.log(1))] if workspace.log(1).exists() else []
    options += ["--waivers", str(workspace.waivers)] if workspace.waivers.exists() else []
    arguments = ["check", str(path), "--as-of", "2026-11-20", "--guide", *options, *more]
    result = main(arguments, standalone_mode=False)
    assert isinstance(result, int)
    return result


def test_from_a_batch_to_files_that_may_be_sent(
    browser: Browser, start: Start, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    here = start(guide=True)
    dana = Biller(browser, here, "Dana Quill")
    page, data = dana.page, batch_bytes()
    dana.bring(("november.837", data))
    assert page.locator(".verdict .word").inner_text() == "HELD"
    tiles = page.locator(".tiles > div").all_inner_texts()
    assert [" ".join(one.split()) for one in tiles] == [
        "Held $181.00 3 claims", "To work 3 claims; 3 findings in all", "Nothing to work 2 claims",
        "Charges $274.00 5 claims, 6 lines",
    ]  # fmt: skip

    dana.click("link", "Work 2 claims")  # SMALL is corrected without anybody
    dana.click("link", "PAIR")
    assert "NCCI indicator 1" in page.locator(".lines").inner_text()
    dana.attest("1: 97140 GP", "09:00", "09:15", "cervical")
    dana.attest("2: 97530 GP", "09:15", "09:30", "shoulder R")
    assert "HC:97530:GP:59" in page.locator(".cards").inner_text()
    assert "Corrected in the file to send" in page.locator(".claim header").inner_text()
    assert page.locator(".clock svg rect").count() == 2
    dana.click("link", "Next claim to do")
    assert "PLAIN" in page.locator("h1").inner_text()
    dana.open("Waive a finding")
    page.locator("form:has(input[value=waive])").get_by_label("Reason").fill(
        "Plan pays without, letter of 11-02"
    )
    page.get_by_label("Last day it holds").fill("2026-12-31")
    dana.click("button", "Waive")
    assert "waived by Dana Quill until 2026-12-31" in page.locator(".cards").inner_text()
    dana.click("link", "Nothing else to do: files to send")
    blocks = page.locator(".change-block").all_inner_texts()
    assert [("HC:97530:GP:59" in one, "HC:97112:GP*" in one) for one in blocks] == [
        (True, False),
        (False, True),
    ]
    dana.click("button", "Make the files")
    ready = saved(dana, "Ready to send", tmp_path)
    assert page.get_by_role("link", name="Save: Held back").count() == 0
    assert check(ready, here) == 0
    assert b"CLM*PAIR*" in ready.read_bytes()
    to_first_file = dana.clicks

    made = answers.answers(data.decode("latin-1"), SEED)
    dana.clicks = 0
    dana.click("link", "Answers")
    dana.bring(*((name, made.files[name].encode()) for name in ("999.txt", "277ca.txt", "835.txt")))
    assert page.locator("h1").inner_text() == "Answers of payers"
    outcomes = {
        row.split("\t")[0]: row.split("\t")[1] for row in page.locator("tbody tr").all_inner_texts()[:4]
    }
    assert outcomes == {
        "Rejected before it was decided": "1", "Paid as billed": "3", "Not answered": "1",
        "All that was sent": "5",
    }  # fmt: skip
    dana.click("link", "Work them")
    assert page.locator("#items tbody tr").count() == 2  # rejected, and the one that is missing
    dana.click("link", "BACK")
    assert "A7:562:85" in page.locator(".answered").inner_text()
    dana.attest("1: 97110 GP", "10:00", "10:30", "knee R")
    dana.click("link", "Send it again")
    assert "original, interchange 000000002" in page.locator("#main").inner_text()
    dana.click("button", "Make the file")
    again = saved(dana, "To send again", tmp_path)
    assert check(again, here) == 0
    assert again.read_bytes().count(b"CLM*") == 1
    assert (to_first_file, dana.clicks) == (14, 10)  # as docs/review.md tells

    assert [one for one in dana.asked if not one.startswith(here.base)] == []  # asks nobody else
    assert [one for one in dana.asked if any(name in one for name in PATIENTS)] == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert [one for one in dana.said if "error" in one] == []
    assert b"MOCKUP" not in capfdbinary.readouterr().err
    assert [one for one in here.told if "error" in one] == []
    assert here.desk.store.broken() is None
    dana.context.close()


def test_two_people_do_not_overwrite_each_other(browser: Browser, start: Start) -> None:
    here = start()
    dana, lee = Biller(browser, here, "Dana Quill"), Biller(browser, here, "Lee Sample")
    dana.bring(("november.837", batch_bytes()))
    address = f"{here.base}/batches/1/claims/2"
    dana.page.goto(address)
    lee.page.goto(address)
    dana.page.get_by_label("Reason or note").fill("The therapist is asked")
    dana.click("button", "Hold")
    lee.page.get_by_label("Reason or note").fill("Entered anew")
    lee.click("button", "Corrected at the source")
    told = lee.page.locator("#main").inner_text()
    assert "Somebody was faster" in told
    assert "Dana Quill put it on hold" in told
    assert "The therapist is asked" in told
    assert "Entered anew" in told  # nothing that was typed is lost
    lee.click("link", "Look at the claim as it is now")
    assert "on hold" in lee.page.locator(".claim header").inner_text()
    lee.click("button", "Take back")  # an undo, by the other one, on what is shown now
    assert "Correct before sending" in lee.page.locator(".claim header").inner_text()
    kinds = [entry.what for entry in here.desk.store.trail("position = 2")]
    assert kinds == ["undo", "hold"]
    for one in (dana, lee):
        one.context.close()


def test_everybody_can_use_it(browser: Browser, start: Start) -> None:
    from axe_playwright_python.sync_playwright import Axe

    here, axe = start(), Axe()
    pages = (
        "/", "/batches/1", "/work", "/batches/1/claims/1", "/batches/1/files", "/batches/1/resend",
        "/answers", "/trail", "/nights", "/health", "/nowhere",
    )  # fmt: skip
    looks: list[dict[str, Any]] = [
        {"color_scheme": "light"},
        {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
    ]
    for look in looks:
        biller = Biller(browser, here, "Dana Quill", bypass_csp=True, **look)  # axe is a script of others
        if here.desk.store.file(1) is None:
            biller.bring(("november.837", batch_bytes("id=ONE | 97140:GP x1 $35 ; 97530:GP x1 $46")))
            biller.page.goto(f"{here.base}/batches/1/claims/1")
            biller.attest("1: 97140 GP", "09:00", "09:20", "cervical")
            biller.attest("2: 97530 GP", "09:15", "09:40", "shoulder R")
        for path in pages:
            biller.page.goto(here.base + path)
            found = axe.run(biller.page).response["violations"]
            serious = [
                (one["id"], [node["html"][:120] for node in one["nodes"]])
                for one in found
                if one["impact"] in ("serious", "critical")
            ]
            assert serious == [], (path, look)
            wide = biller.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, (path, look)
        biller.context.close()


def test_the_keyboard_is_enough(browser: Browser, start: Start) -> None:
    here = start()
    dana = Biller(browser, here, "Dana Quill")
    dana.bring(("november.837", batch_bytes()))
    page = dana.page
    page.goto(f"{here.base}/batches/1/claims/2")
    press = page.keyboard.press
    press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    press("Enter")
    for _ in range(40):
        press("Tab")
        if page.evaluate("document.activeElement.name") == "reason":
            break
    page.keyboard.type("Waiting for the note")
    while page.evaluate("document.activeElement.value") != "hold":
        press("Tab")
    press("Enter")
    page.wait_for_selector(".decided")
    assert "Waiting for the note" in page.locator(".decided").inner_text()
    page.goto(f"{here.base}/work?state=all")
    page.locator("[name=find]").fill("specimen")
    press("Enter")  # htmx: only the list is changed
    page.wait_for_selector("#items tbody tr:only-child")
    assert page.url.endswith("/work?state=all")
    assert "PLAIN" in page.locator("#items").inner_text()
    dana.context.close()
