"""``scrub837 check`` with waivers and beside a former report, from the outside."""

from __future__ import annotations

import json
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scrub837.rules.clm006_place import ClaimPlace
from scrub837.rules.mod001_format import ModifierFormat
from scrub837.rules.mod003_gap import ModifierGap
from scrub837.testing import build

Run = Callable[..., tuple[int, bytes, str]]
DAY = ("--as-of", "2026-11-20", "--no-guide")
WHO = ("--reason", "letter of the payer", "--by", "Dana Quill", "--expires", "2026-12-31")
UNTIDY = "id=C1 | 97530:gp x1 ; 97110:GP x1 ; 97140:gp x1 || id=C2 | 97110::GP x1"


@pytest.fixture(autouse=True)
def _three_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only these judge, so that what is found is known: two, one and none of them."""
    rules = (ModifierFormat(), ModifierGap(), ClaimPlace())
    monkeypatch.setattr("scrub837.scan.all_rules", lambda: rules)


def put(name: str, notation: str) -> Path:
    path = Path(name)
    path.write_bytes(build(notation).edi)
    return path


def told(out: bytes) -> list[dict[str, Any]]:
    return [finding for file in json.loads(out)["files"] for finding in file["findings"]]


def test_what_is_added_is_waived_the_next_time(run: Run) -> None:
    put("a.edi", UNTIDY)
    status, out, err = run("check", "a.edi", *DAY, "--format", "json", "--add-waivers", "w.toml", *WHO)
    assert (status, {one["waived"] for one in told(out)}) == (1, {None})
    assert "w.toml: 3 waivers added" in err
    assert stat.S_IMODE(Path("w.toml").stat().st_mode) == 0o600
    entries = tomllib.loads(Path("w.toml").read_text("utf-8"))["waiver"]
    assert [(one["rule"], one["claim"], one["line"]) for one in entries] == [
        ("mod-format", "C1", "C1L1"), ("mod-format", "C1", "C1L3"), ("mod-gap", "C2", "C2L1"),
    ]  # fmt: skip
    status, out, _ = run("check", "a.edi", *DAY, "--format", "json", "--waivers", "w.toml")
    assert status == 0
    assert [one["waived"]["person"] for one in told(out)] == ["Dana Quill"] * 3
    assert json.loads(out)["files"][0]["status"] == "ready"
    status, _, err = run("check", "a.edi", *DAY, "--waivers", "w.toml", "--add-waivers", "w.toml", *WHO)
    assert "no waiver was added" in err


def test_more_is_added_at_the_end_of_what_is_there(run: Run) -> None:
    put("a.edi", UNTIDY)
    Path("w.toml").write_text("# ours, by hand", "utf-8")
    Path("w.toml").chmod(0o640)
    for rule, count in (("MOD003", "1 waiver added"), ("mod-format", "2 waivers added")):
        assert count in run("check", "a.edi", *DAY, "--add-waivers", "w.toml", *WHO, "--only", rule)[2]
    text = Path("w.toml").read_text("utf-8")
    assert text.startswith("# ours, by hand\n[[waiver]]")
    assert len(tomllib.loads(text)["waiver"]) == 3
    assert stat.S_IMODE(Path("w.toml").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--add-waivers", "w.toml", *WHO[2:]), "no waiver without --reason"),
        (("--add-waivers", "w.toml", "--reason", " ", *WHO[2:]), "no waiver without --reason"),
        (("--add-waivers", "w.toml", *WHO[:4]), "no waiver without --reason"),
        (WHO, "go with --add-waivers PATH"),
        (("--add-waivers", "w.toml", *WHO[:5], "2026-11-19"), "--expires 2026-11-19 has passed"),
        (("--add-waivers", "w.toml", *WHO, "--only", "MOD01"), "there is no rule 'MOD01'; did you mean"),
        (("--add-waivers", "a.edi", *WHO), "a.edi"),
        (("--add-waivers", "nowhere/w.toml", *WHO), "there is no folder nowhere"),
        (("--add-waivers", "bad.toml", *WHO), "bad.toml: waiver 1 has no rule"),
        (("--waivers", "none.toml"), "none.toml cannot be read"),
        (("--baseline", "none.json"), "none.json cannot be read"),
        (("--baseline", "empty.json"), "empty.json is not a JSON report"),
        (("--baseline", "a.edi"), "a.edi is not a JSON report"),
        (("--baseline", "other.json"), "other.json is not a JSON report"),
        (("--baseline", "old.json"), "old.json has findings without fingerprints"),
    ],
)
def test_what_cannot_be_done_is_told_before_the_work(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    before = put("a.edi", UNTIDY).read_bytes()
    Path("bad.toml").write_text("[[waiver]]\nreason = 'x'\n", "utf-8")
    Path("empty.json").write_bytes(b"")
    Path("other.json").write_bytes(b'{"schema": "scrub837/journal-1", "files": []}')
    Path("old.json").write_bytes(
        b'{"schema":"scrub837/report-1","files":[{"findings":[{"code":"MOD001","name":"mod-format"}]}]}'
    )
    status, out, err = run("check", "a.edi", *DAY, *arguments)
    assert (status, out) == (2, b"")
    assert words in err
    assert Path("a.edi").read_bytes() == before
    assert not Path("w.toml").exists()


def test_settings_name_waivers_and_an_option_others(run: Run) -> None:
    put("a.edi", UNTIDY)
    run("check", "a.edi", *DAY, "--add-waivers", "w.toml", *WHO)
    Path("none.toml").write_text("", "utf-8")
    Path("scrub837.toml").write_text('waivers = ["w.toml"]\n', "utf-8")
    assert run("check", "a.edi", *DAY)[0] == 0
    assert run("check", "a.edi", *DAY, "--waivers", "none.toml")[0] == 1
    assert b"w.toml" in run("config", "show")[1]


def test_unused_is_told_once_a_run_and_not_of_half_a_run(run: Run) -> None:
    put("a.edi", UNTIDY)
    put("b.edi", "id=C8 | 97530:GP x1")
    run("check", "a.edi", *DAY, "--add-waivers", "w.toml", *WHO)

    def unused(*paths: str) -> list[int]:
        out = run("check", *paths, *DAY, "--format", "json", "--waivers", "w.toml")[1]
        files = json.loads(out)["files"]
        return [sum(one["name"] == "wvr-unused" for one in file["findings"]) for file in files]

    assert unused("a.edi", "b.edi") == [0, 0]
    assert unused("b.edi") == [3]
    Path("c.edi").write_bytes(Path("b.edi").read_bytes()[:900])
    assert unused("b.edi", "c.edi") == [0, 0]
    out = run("check", "b.edi", "gone.edi", *DAY, "--format", "json", "--waivers", "w.toml")[1]
    assert "wvr-unused" in [note["name"] for note in json.loads(out)["files"][0]["not_checked"]]


def test_a_former_report_tells_what_is_new_open_and_gone(run: Run) -> None:
    put("a.edi", UNTIDY)
    run("check", "a.edi", *DAY, "--output", "then.json", "--redact")
    put("a.edi", "id=C3 | 97110::GP x1 || id=C1 | 97110:GP x1 ; 97530:GP x1 ; 97140:gp x1")
    status, out, _ = run("check", "a.edi", *DAY, "--format", "json", "--baseline", "then.json")
    assert status == 1
    found = {(one["name"], one["location"]["claim"]): one["since"] for one in told(out)}
    assert found == {("mod-gap", "C3"): "new", ("mod-format", "C1"): "open"}
    compared = json.loads(out)["baseline"]
    assert (compared["new"], compared["open"]) == (1, 1)
    gone = [(one["code"], one["severity"], one["claim"], one["line"]) for one in compared["gone"]]
    assert gone == [("MOD001", "deny", "C1", 1), ("MOD003", "deny", "C2", 1)]
    then = {one["fingerprint"] for one in json.loads(Path("then.json").read_bytes())["files"][0]["findings"]}
    assert {one["fingerprint"] for one in compared["gone"]} < then


def test_a_report_may_be_written_over_its_baseline(run: Run) -> None:
    put("a.edi", UNTIDY)
    run("check", "a.edi", *DAY, "--output", "r.json")
    run("check", "a.edi", *DAY, "--output", "r.json", "--baseline", "r.json")
    report = json.loads(Path("r.json").read_bytes())
    assert report["baseline"] == {"new": 0, "open": 3, "gone": []}


def test_the_text_report_shows_both(run: Run) -> None:
    put("a.edi", UNTIDY)
    run("check", "a.edi", *DAY, "--output", "then.json")
    run("check", "a.edi", *DAY, "--add-waivers", "w.toml", *WHO, "--only", "MOD003")
    put("a.edi", UNTIDY.replace("97530:gp", "97530:GP").replace("97110:GP x1 ;", "97110:gp x1 ;"))
    out = run("check", "a.edi", *DAY, "--waivers", "w.toml", "--baseline", "then.json")[1].decode()
    out = " ".join(out.split())
    assert "Waived 1 finding that somebody answers for DENY MOD003 claim C2 line 1" in out
    assert "Dana Quill until 2026-12-31: letter of the payer" in out
    assert "Since the former report" in out
    assert "1 new, 2 open, 1 gone" in out
    assert "MOD001 NEW line 2" in out
