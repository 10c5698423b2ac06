"""``scrub837 check`` from the outside: exit statuses, outputs, and what goes to which stream."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace

import pytest

from scrub837.findings import Finding, Fix, Safety, Severity
from scrub837.rules import all_rules
from scrub837.rules._rule import Context, Rule, Scope
from scrub837.rules.mod001_format import ModifierFormat
from scrub837.testing import build

Run = Callable[..., tuple[int, bytes, str]]
DAY = ("--as-of", "2026-11-20", "--no-guide")
UNTIDY = "97530:gp x2 $90 ; 97140:GP x1 $45"
TIDY = "97530:GP x2 $90 ; 97140:GP x1 $45"


@pytest.fixture(autouse=True)
def _one_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the rule for untidy modifiers judges, so that what is found is known."""
    only(monkeypatch, ModifierFormat())


def only(monkeypatch: pytest.MonkeyPatch, *rules: Rule) -> None:
    monkeypatch.setattr("scrub837.scan.all_rules", lambda: rules)


def put(name: str, notation: str, edits: tuple[tuple[str, str], ...] = ()) -> Path:
    path = Path(name)
    path.write_bytes(build(notation, edits).edi)
    return path


def names_here() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


class Broken(Rule):
    """Fails as a bug would, with claim data in the text of its exception."""

    code, name, severity, scope = "CLM999", "broken", Severity.DENY, Scope.CLAIM
    error: type[BaseException] = ValueError

    def check(self, subject: object, context: Context) -> Iterable[Finding]:  # noqa: ARG002 - as rules are asked
        raise self.error("SAMPLE, AVERY 1EG4TE5MK73")


class Interrupted(Broken):
    """Fails as Ctrl-C does."""

    error = KeyboardInterrupt


# --- exit statuses ------------------------------------------------------------------------------------


def test_nothing_found_is_0(run: Run) -> None:
    status, out, err = run("check", put("a.edi", TIDY), *DAY)
    assert (status, err) == (0, "")
    assert b"READY" in out


@pytest.mark.parametrize(("fail_on", "status"), [("info", 1), ("risk", 1), ("deny", 1), ("reject", 0)])
def test_findings_are_1_from_the_severity_asked_for(run: Run, fail_on: str, status: int) -> None:
    assert run("check", put("a.edi", UNTIDY), *DAY, "--fail-on", fail_on)[0] == status


def test_settings_decide_where_no_option_does(run: Run) -> None:
    Path("own.toml").write_text('fail-on = "reject"\n')
    path = put("a.edi", UNTIDY)
    assert run("check", path, *DAY, "--config", "own.toml")[0] == 0
    assert run("check", path, *DAY, "--config", "own.toml", "--fail-on", "deny")[0] == 1


@pytest.mark.parametrize(
    ("content", "verdict"),
    [(b"%PDF-1.7", b"REFUSED"), (build(UNTIDY).edi[:-60], b"INCOMPLETE")],
)
def test_what_cannot_be_judged_to_its_end_is_2_and_not_corrected(
    run: Run, content: bytes, verdict: bytes
) -> None:
    Path("a.edi").write_bytes(content)
    status, out, err = run("check", "a.edi", *DAY, "--corrected", "b.edi")
    assert status == 2
    assert verdict in out
    assert "no corrected file was written" in err
    assert names_here() == ["a.edi"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--output", "report.doc"),
        ("--output", "nowhere/report.txt"),
        ("--output", "a.edi.txt", "--output", "a.edi.txt"),
        ("--corrected", "a.edi"),
        ("--apply", "documented"),
        ("--profile", "no-such-payer"),
        ("--reference", "missing.sqlite"),
        ("--documentation", "missing.csv"),
        ("--config", "missing.toml"),
        ("--as-of", "2026-13-01"),
        ("--jobs", "0"),
        ("--format", "word"),
    ],
)
def test_a_wrong_option_is_2_before_any_work(run: Run, arguments: tuple[str, ...]) -> None:
    path = put("a.edi", UNTIDY)
    before = path.read_bytes()
    status, out, err = run("check", path, *DAY, *arguments)
    assert (status, out) == (2, b"")
    assert err.strip()
    assert "Traceback" not in err
    assert path.read_bytes() == before
    assert names_here() == ["a.edi"]


def test_a_report_is_never_written_over_an_input(run: Run) -> None:
    path = put("a.txt", UNTIDY)
    before = path.read_bytes()
    Path("b.txt").symlink_to(path)
    for output in ("a.txt", "b.txt"):
        status, out, err = run("check", path, *DAY, "--output", output)
        assert (status, out) == (2, b"")
        assert "never written over" in err
    assert path.read_bytes() == before


def test_one_unreadable_input_does_not_keep_the_others_from_their_report(run: Run) -> None:
    status, out, err = run("check", "missing.edi", put("a.edi", UNTIDY), *DAY, "--format", "json")
    assert status == 2
    assert [file["path"] for file in json.loads(out)["files"]] == ["a.edi"]
    assert "missing.edi" in err


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # nobody closes files then
def test_a_bug_is_2_and_shows_places_but_no_data(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, Broken())
    status, out, err = run("check", put("a.edi", UNTIDY), *DAY, "--output", "r.json")
    assert (status, out) == (2, b"")
    assert "ValueError" in err
    assert "test_check.py" in err
    assert "SAMPLE" not in err
    assert "1EG4TE5MK73" not in err
    assert names_here() == ["a.edi"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # nobody closes files then
def test_an_interrupt_is_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, Interrupted())
    status, out, _ = run("check", put("a.edi", UNTIDY), *DAY)
    assert (status, out) == (130, b"")


def test_a_reader_that_has_gone_is_2_and_report_files_are_written(tmp_path: Path) -> None:
    path = tmp_path / "a.edi"
    path.write_bytes(build(" || ".join(f"id=C{n} | {UNTIDY}" for n in range(400))).edi)
    command = [sys.executable, "-m", "scrub837", "check", str(path), *DAY]
    command += ["--format", "json", "--output", "r.json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.read(10)
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait() == 2
    assert json.loads((tmp_path / "r.json").read_bytes())["summary"]["claims"] == 400


def test_a_report_file_that_fails_keeps_neither_the_others_nor_the_screen_from_theirs(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("gone").mkdir()
    path = put("a.edi", UNTIDY)
    monkeypatch.setattr("scrub837.cli.check.progress_bar", lambda _: Vanishing(Path("gone")))
    status, out, err = run("check", path, *DAY, "--output", "gone/r.json", "--output", "r.csv")
    assert status == 2
    assert b"MOD001" in out
    assert "gone" in err
    assert names_here() == ["a.edi", "r.csv"]


class Vanishing(AbstractContextManager[None]):
    """A folder that is removed while the work goes on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self.folder.rmdir()


# --- outputs ------------------------------------------------------------------------------------------


def test_reports_go_where_their_suffix_says_and_nobody_else_reads_them(run: Run) -> None:
    path = put("a.edi", UNTIDY)
    status, out, err = run(
        "check",
        path,
        *DAY,
        "--format",
        "concise",
        "--output",
        "r.json",
        "--output",
        "r.TXT",
        "--output",
        "r.csv",
    )
    assert (status, err) == (1, "")
    assert out.decode().splitlines()[0] == (
        "a.edi:25:SV101-3: MOD001 deny claim C1 line 1: "
        "Modifier 'gp' on 97530 is sent in small letters; it should read GP."
    )
    assert json.loads(Path("r.json").read_bytes())["files"][0]["status"] == "held"
    assert Path("r.TXT").read_text().startswith("scrub837 ")
    assert Path("r.csv").read_text().startswith("File,Severity,Code")
    assert {stat.S_IMODE(Path(name).stat().st_mode) for name in ("r.json", "r.TXT", "r.csv")} == {0o600}
    assert names_here() == ["a.edi", "r.TXT", "r.csv", "r.json"]


def test_the_corrected_file_is_written_and_the_report_says_so(run: Run) -> None:
    path = put("a.edi", UNTIDY)
    before = path.read_bytes()
    status, out, err = run(
        "check", path, *DAY, "--format", "json", "--corrected", "b.edi", "--output", "r.txt"
    )
    assert status == 1  # what was found was found in the input
    assert Path("b.edi").read_bytes() == before.replace(b"97530:gp", b"97530:GP")
    assert json.loads(out)["files"][0]["findings"][0]["fix"]["applied"] is True
    assert "b.edi: 1 correction written" in err
    assert path.read_bytes() == before
    assert "Corrections: 1 written to the corrected file." in Path("r.txt").read_text()
    assert run("check", "b.edi", *DAY)[0] == 0


def test_standard_input_is_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(build(UNTIDY).edi)))
    status, out, _ = run("check", "-", *DAY, "--format", "json")
    assert status == 1
    assert json.loads(out)["files"][0]["path"] == "-"


def test_same_input_same_bytes_on_one_process_and_on_two(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrub837.spread.SMALL", 0)
    head, st, body, end = split(build(f"{UNTIDY} || id=C2 | {TIDY} || id=C3 | {UNTIDY}").edi)
    bodies = b"".join(
        st.replace(b"0001", b"%04d" % n) + body.replace(b"*0001~", b"*%04d~" % n) for n in range(1, 6)
    )
    Path("a.edi").write_bytes(head + bodies + end.replace(b"GE*1*", b"GE*5*"))
    outputs = [run("check", "a.edi", *DAY, "--format", "json", "--jobs", jobs)[1] for jobs in (1, 1, 2)]
    assert outputs[0] == outputs[1] == outputs[2]
    told = json.loads(outputs[0])
    assert told["files"][0]["counts"]["claims"] == 15
    assert len(told["files"][0]["findings"]) == 10


def split(edi: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Before ST, the ST, the body to SE, and the trailers."""
    head, st, rest = edi.partition(b"ST*837*0001*005010X222A1~\n")
    body, ge, end = rest.partition(b"GE*")
    return head, st, body, ge + end


def test_a_name_that_is_no_text_is_shown_all_the_same(run: Run) -> None:
    name = os.fsdecode(b"batch\xff.edi")
    Path(name).write_bytes(build(UNTIDY).edi)
    for form in ("text", "json", "csv", "concise"):
        status, out, _ = run("check", name, *DAY, "--format", form)
        assert status == 1
        assert "batch\N{REPLACEMENT CHARACTER}.edi" in out.decode()


# --- patients that are to stay unnamed ----------------------------------------------------------------


class NamesPatient(Rule):
    """Quotes what stands in the patient's own segments, as a careless rule would."""

    code, name, severity, scope = "CLM998", "names-patient", Severity.DENY, Scope.CLAIM

    def check(self, subject: object, context: Context) -> Iterable[Finding]:  # noqa: ARG002 - as rules are asked
        claim = subject
        block = claim.subscriber.block  # type: ignore[attr-defined] # a Claim, by the rule's scope
        at = next(n for n, segment in enumerate(block.segments) if segment[0] == "NM1")
        yield self.finding(
            claim.locate_in(block, at, "NM109", loop="2010BA"),  # type: ignore[attr-defined]
            "Member 1EG4TE5MK73 is written oddly.",
            facts={"id": "1EG4TE5MK73", "name": "SAMPLE"},
            fix=Fix(safety=Safety.MANUAL, before="1EG4TE5MK73", after="1EG4-TE5-MK73"),
        )


@pytest.mark.parametrize("form", ["text", "concise", "json", "csv"])
def test_redacted_reports_name_no_patient(run: Run, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, NamesPatient(), ModifierFormat())
    path = put("a.edi", UNTIDY)
    secrets = ("AVERY", "1EG4TE5MK73", "1EG4-TE5-MK73", "19500315", "PLACEHOLDER")
    open_ = run("check", path, *DAY, "--format", form)[1].decode()
    assert "1EG4TE5MK73" in open_
    told = run("check", path, *DAY, "--format", form, "--redact", "-v")[1].decode()
    assert [secret for secret in secrets if secret in told] == []
    assert "gp" in told  # what names nobody stays


def test_guide_findings_are_redacted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, *(rule for rule in all_rules() if rule.code.startswith("IG")))
    path = put("a.edi", TIDY, (("DMG*D8*19500315*F", "DMG*D8*1950031X*F"),))
    status, out, _ = run("check", path, *DAY, "--guide", "--format", "json", "--redact")
    told = json.loads(out)["files"][0]["findings"]
    assert status == 1
    assert any(one["code"] == "IG002" and one["location"]["element"] == "DMG02" for one in told)
    assert b"1950031X" not in out


# --- what people are told of corrections ----------------------------------------------------------------


def words_of(out: bytes) -> str:
    return " ".join(out.decode().split())


def test_a_written_correction_is_no_work_in_the_file_any_more(run: Run) -> None:
    path = put("a.edi", UNTIDY)
    assert "Do Write the corrected file" in words_of(run("check", path, *DAY)[1])
    told = words_of(run("check", path, *DAY, "--corrected", "b.edi")[1])
    assert "Do Done in the corrected file; correct it in the practice system too." in told
    assert "Write the corrected file" not in told


def test_without_a_correction_a_copy_is_written(run: Run) -> None:
    path = put("a.edi", TIDY)
    status, _, err = run("check", path, *DAY, "--corrected", "b.edi")
    assert (status, err) == (0, "scrub837: b.edi: nothing to correct; a copy was written\n")
    assert Path("b.edi").read_bytes() == path.read_bytes()


def test_of_an_incomplete_file_no_correction_is_promised(run: Run) -> None:
    Path("a.edi").write_bytes(build(f"{UNTIDY} || id=C2 | {TIDY}").edi[:-60])
    told = words_of(run("check", "a.edi", *DAY, "--corrected", "b.edi")[1])
    assert "not written: the file is incomplete Found" in told
    assert "Corrections: 1 possible, none written while the file is incomplete." in told
    assert "--corrected PATH" not in told


def test_rows_of_a_log_for_several_files_are_no_strays(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1 is in the first file, C2 in the second; the row of C3 is in none and told once."""
    only(monkeypatch, *(rule for rule in all_rules() if rule.code == "DOC002"))
    Path("log.csv").write_text(
        "claim_id,line_ref,dos,code,minutes\n"
        + "".join(f"C{n},C{n}L1,2026-11-03,97110,15\n" for n in (1, 2, 3))
    )
    paths = [put(f"{name}.edi", f"id={name} | 97110:GP x1") for name in ("C1", "C2")]
    out = run("check", *paths, *DAY, "--documentation", "log.csv", "--format", "json")[1]
    files = json.loads(out)["files"]
    assert [len(file["findings"]) for file in files] == [0, 1]
    assert "C3" in files[1]["findings"][0]["message"]
