"""What is written is proved; what cannot be proved is left out and says why."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from desk import Desk

from scrub837.claims.model import Claim, Line
from scrub837.errors import CorrectionUnproven, OutputUnwritable, SettingsInvalid
from scrub837.findings import Finding, Safety, Severity
from scrub837.fixes.publish import corrected_paths
from scrub837.rules import all_rules
from scrub837.rules._rule import Context, Rule, Scope, replace
from scrub837.testing import build

Rules = Callable[..., None]


def rewriting(code: str, wrong: str, right: str | None, *, severity: Severity = Severity.DENY) -> Rule:
    """A rule that finds ``wrong`` in SV101 and, where it knows better, writes ``right`` instead."""

    def check(self: Rule, subject: Line, context: Context) -> Iterable[Finding]:
        raw, place = subject.procedure.raw, subject.locate("SV101")
        if wrong in raw:
            fix = None if right is None else replace(place, raw, raw.replace(wrong, right))
            yield self.finding(place, "m", fix=fix)

    body = {"code": code, "name": code.lower(), "severity": severity, "scope": Scope.LINE, "check": check}
    rule: Rule = type("Rewriting", (Rule,), body)()
    return rule


def outcome(findings: list[Finding]) -> dict[tuple[str, int | None], str | bool | None]:
    """By rule and line: applied, or why not."""
    return {
        (f.code, f.location.line): f.fix.applied or f.fix.reason for f in findings if f.fix and f.fix.edits
    }


def test_corrections_and_their_journal(desk: Desk) -> None:
    done = desk.correct("97530:gp x1 ; 97110:GP:gp x1")
    assert done.bytes == build("97530:GP x1 ; 97110:GP x1").edi
    journal = json.loads((desk.folder / "out1.edi.journal.json").read_text())
    assert journal["schema"] == "scrub837/journal-1"
    assert journal["apply"] == "safe"
    assert journal["output"] == {"sha256": done.correction.sha256, "bytes": len(done.bytes)}
    first = journal["edits"][0]
    assert (first["before"], first["after"]) == ("gp", "GP")
    assert {(r["code"], r["claim"], r["line"]) for r in first["reasons"]} == {("MOD001", "C1", 1)}
    assert {path.name for path in desk.folder.iterdir()} == {"in1.edi", "out1.edi", "out1.edi.journal.json"}
    for name in ("out1.edi", "out1.edi.journal.json"):
        assert stat.S_IMODE((desk.folder / name).stat().st_mode) == 0o600


def test_nothing_to_correct_gives_the_same_bytes(desk: Desk) -> None:
    edi = build("97110:GP x1").edi.replace(b"~\n", b"~\r\n") + b"\x1a"
    assert desk.correct(edi).bytes == edi


def test_one_correction_makes_room_for_another(desk: Desk) -> None:
    edi = build("97530::gp x1").edi
    done = desk.correct(edi)
    assert done.bytes == edi.replace(b"::gp", b":GP")
    assert set(outcome(done.findings).values()) == {True}


def test_a_correction_that_does_harm_is_left_out(desk: Desk, rules: Rules) -> None:
    rules(
        rewriting("MOD901", "GP", "GO"),
        rewriting("MOD902", "97161:GO", None),
        rewriting("MOD903", "KX", "kx"),
    )
    done = desk.correct("97161:GP x1 || 97110:KX x1 || 97110:GP x1")
    assert done.bytes == build("97161:GP x1 || 97110:kx x1 || 97110:GO x1").edi
    assert outcome(done.findings[:1]) == {
        ("MOD901", 1): "the corrected file would have a new finding, mod902"
    }


def test_what_the_guide_refuses_is_left_out(tmp_path: Path, rules: Rules) -> None:
    guide = [rule for rule in all_rules() if rule.scope is Scope.GUIDE]
    rules(*guide, rewriting("MOD901", "GO", "GPX"), rewriting("MOD902", "kx", "KX"))
    done = Desk(tmp_path, guide=True).correct("97110:GO x1 || 97110:kx x1")
    assert done.bytes == build("97110:GO x1 || 97110:KX x1").edi
    assert outcome(done.findings)["MOD901", 1] == "the corrected file would have a new finding, guide-element"


def test_a_new_finding_below_deny_does_no_harm(desk: Desk, rules: Rules) -> None:
    rules(rewriting("MOD901", "GP", "GO"), rewriting("MOD902", "GO", None, severity=Severity.RISK))
    assert desk.correct("97110:GP x1").bytes == build("97110:GO x1").edi


def test_corrections_that_undo_each_other_are_left_out(desk: Desk, rules: Rules) -> None:
    rules(rewriting("MOD901", "GP", "GO"), rewriting("MOD902", "GO", "GP"), rewriting("MOD903", "kx", "KX"))
    done = desk.correct("97110:GP x1 || 97110:kx x1")
    assert done.bytes == build("97110:GP x1 || 97110:KX x1").edi
    assert "do not settle" in str(outcome(done.findings)["MOD901", 1])


def test_a_correction_that_loses_a_line_is_left_out(desk: Desk, rules: Rules) -> None:
    rules(rewriting("MOD901", "97110:GP", "97112:GP*50*UN*1***1~LX*9~SV1*HC:97113:GP"))
    done = desk.correct("97110:GP x1")
    assert done.bytes == build("97110:GP x1").edi
    assert "other claims or lines" in str(outcome(done.findings)["MOD901", 1])


def test_a_correction_that_changes_a_charge_is_left_out(desk: Desk, rules: Rules) -> None:
    class Cheaper(Rule):
        code, name, severity, scope = "CLM901", "cheaper", Severity.DENY, Scope.CLAIM

        def check(self, subject: Claim, context: Context) -> Iterable[Finding]:  # noqa: ARG002 - as rules are asked
            if subject.charge_text == "50":
                place = subject.locate("CLM02")
                yield self.finding(place, "m", fix=replace(place, "50", "40"))

    rules(Cheaper(), rewriting("MOD903", "kx", "KX"))
    done = desk.correct("97110:GP x1 || 97110:kx x2 $90")
    assert done.bytes == build("97110:GP x1 || 97110:KX x2 $90").edi
    assert "would charge something else" in str(outcome(done.findings)["CLM901", None])


class Follows(Rule):
    """Line 2 is to be changed once line 1 has been."""

    code, name, severity, scope = "MOD902", "mod902", Severity.RISK, Scope.LINE

    def check(self, subject: Line, context: Context) -> Iterable[Finding]:  # noqa: ARG002 - a rule's signature
        first, raw, place = (
            subject.claim.lines[0].procedure.raw,
            subject.procedure.raw,
            subject.locate("SV101"),
        )
        if subject.number == 2 and "GO" in first and "KX" not in raw:
            yield self.finding(place, "m", fix=replace(place, raw, raw + ":KX"))


def test_no_change_without_a_finding_in_the_report(desk: Desk, rules: Rules) -> None:
    rules(rewriting("MOD901", "GP", "GO"), Follows())
    done = desk.correct("97110:GP x1 ; 97112 x1")
    assert done.bytes == build("97110:GP x1 ; 97112 x1").edi
    assert outcome(done.findings) == {("MOD901", 1): "a correction of mod902 elsewhere would have to follow"}


def test_a_change_may_follow_in_the_place_of_its_finding(desk: Desk, rules: Rules) -> None:
    rules(rewriting("MOD901", "GP", "GO"), rewriting("MOD902", "GO", "GN"))
    done = desk.correct("97110:GP x1")
    assert done.bytes == build("97110:GN x1").edi
    assert outcome(done.findings) == {("MOD901", 1): True}


def test_a_rule_that_reports_the_wrong_bytes_writes_nothing(desk: Desk, rules: Rules) -> None:
    class Wrong(Rule):
        code, name, severity, scope = "MOD901", "mod901", Severity.DENY, Scope.LINE

        def check(self, subject: Line, context: Context) -> Iterable[Finding]:  # noqa: ARG002
            place = subject.locate("SV101")
            yield self.finding(place, "m", fix=replace(place, "HC:97110:GO", "HC:97110:GP"))

    rules(Wrong())
    with pytest.raises(CorrectionUnproven, match="MOD901"):
        desk.correct("97110:GP x1")
    assert [path.name for path in desk.folder.iterdir()] == ["in1.edi"]


def test_an_incomplete_file_is_not_written(desk: Desk) -> None:
    edi = build("97110:gp x1 || 97110:GP x1").edi
    done = desk.correct(edi[: edi.index(b"\nSE*")])
    assert done.bytes is None
    assert done.correction.target is None
    assert outcome(done.findings) == {("MOD001", 1): "the file is incomplete"}
    assert [path.name for path in desk.folder.iterdir()] == ["in1.edi"]


def test_documented_only_when_asked_for(desk: Desk) -> None:
    visit = "97140:GP x1 0900-0915 reason=separate_block ; 97530:GP x1 0915-0930 reason=separate_block"
    before = build(visit)
    kept = desk.correct(before)
    assert kept.bytes == before.edi
    assert outcome(kept.findings) == {("PTP001", 2): "needs --apply documented"}
    done = desk.correct(before, safety=Safety.DOCUMENTED)
    assert done.bytes == before.edi.replace(b"97530:GP*", b"97530:GP:59*")
    [change] = json.loads((desk.folder / "out2.edi.journal.json").read_text())["edits"]
    assert "THERAPIST-1" in change["reasons"][0]["evidence"]


def test_never_over_an_input(desk: Desk) -> None:
    folder = desk.folder
    inputs = [str(folder / "a.edi"), str(folder / "b.edi")]
    for name in inputs:
        Path(name).write_bytes(b"x")
    (folder / "soft.edi").symlink_to("a.edi")
    os.link(folder / "a.edi", folder / "hard.edi")
    for target in ("a.edi", "soft.edi", "hard.edi", "../" + folder.name + "/a.edi"):
        with pytest.raises(SettingsInvalid, match="never written over"):
            corrected_paths(inputs[:1], folder / target)
    with pytest.raises(SettingsInvalid, match="never written over"):
        corrected_paths(inputs, folder)
    with pytest.raises(SettingsInvalid, match="not a file"):
        corrected_paths(inputs[:1], Path("/dev/null"))
    with pytest.raises(SettingsInvalid, match="standard output"):
        corrected_paths(inputs[:1], Path("-"))
    with pytest.raises(SettingsInvalid, match="never written over"):
        desk.correct("97110:gp x1", target=folder / "in1.edi")


def test_several_inputs_go_into_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    assert corrected_paths(["x/a.edi", "y/b.edi"], out) == [out / "a.edi", out / "b.edi"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert corrected_paths(["x/a.edi"], tmp_path / "c.edi") == [tmp_path / "c.edi"]
    assert corrected_paths(["x/a.edi"], out) == [out / "a.edi"]
    with pytest.raises(SettingsInvalid, match="same name"):
        corrected_paths(["x/a.edi", "y/a.edi"], out)
    (tmp_path / "file").touch()
    with pytest.raises(OutputUnwritable, match="cannot be made"):
        corrected_paths(["x/a.edi", "y/b.edi"], tmp_path / "file")


def test_a_folder_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(OutputUnwritable, match="nothing can be written"):
        desk.correct("97110:gp x1", target=desk.folder / "no" / "out.edi")


def test_faults_that_are_only_counted_are_corrected_with_those_that_are_listed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("claims.levels", "claims.oddities", "rules._envelope"):
        monkeypatch.setattr(f"scrub837.{module}.KEPT", 3)
    tidy = build("97110:GP x1 || 97530:GP x1").edi
    assert desk.correct(tidy.replace(b"~\n", b"~~\n", 14)).bytes == tidy.replace(b"~\n", b"~~\n", 2)
