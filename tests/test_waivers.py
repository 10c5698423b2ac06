"""Waivers: what they cover, what they do to a report, and how mistakes in their files are told."""

from __future__ import annotations

import io
import json
import tomllib
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrub837.config import Waiver
from scrub837.configure import built_in_profiles, built_in_settings
from scrub837.errors import SettingsInvalid
from scrub837.findings import Finding, Safety
from scrub837.fixes.compose import compose
from scrub837.report.as_json import write
from scrub837.results import FileReport, Report
from scrub837.rules import all_rules
from scrub837.testing import TODAY, judge
from scrub837.waivers import as_toml, read_waivers

RULES = {name: rule.name for rule in all_rules() for name in (rule.code, rule.name)}
LATER, PAST = "2026-12-31", "2026-11-19"  # judged on 2026-11-20
GOOD = {
    "rule": "MOD001",
    "claim": "C1",
    "reason": "seen",
    "person": "DANA QUILL",
    "expires": date(2026, 12, 31),
}


def named(report: FileReport, name: str) -> list[Finding]:
    return [finding for finding in report.findings() if finding.name == name]


def read(tmp_path: Path, text: str) -> tuple[Waiver, ...]:
    path = tmp_path / "waivers.toml"
    path.write_text(text, "utf-8")
    return read_waivers([path], RULES, built_in_profiles())


def test_a_waived_finding_is_shown_and_counts_for_nothing() -> None:
    notation = "97530:gp x1 ; 97110:GP x1"
    with (
        closing(judge(notation)) as before,
        closing(judge(f"waive=mod-format:{LATER} | {notation}")) as after,
    ):
        assert before.status == "held"
        assert before.severities()["deny"] == 1
        (finding,) = named(after, "mod-format")
        assert finding.waived is not None
        assert (finding.waived.person, str(finding.waived.expires)) == ("DANA QUILL", LATER)
        assert after.status == "ready"
        assert after.held_claims() == {}
        assert after.severities()["deny"] == 0
        assert "mod-format" not in after.by_rule()
        out = io.BytesIO()
        write(Report([after], []), out)
        told = json.loads(out.getvalue())
        assert told["summary"]["waived"] == {"reject": 0, "deny": 1, "risk": 0, "info": 0}
        assert told["summary"]["claims_held"] == 0
        waived = [one["waived"] for one in told["files"][0]["findings"] if one["name"] == "mod-format"]
        assert waived == [{"reason": "told by the payer", "person": "DANA QUILL", "expires": LATER}]


def test_its_correction_is_not_written() -> None:
    notation = "97530:gp x1 ; 97110:go x1"
    with closing(judge(notation)) as report:
        assert len(compose(report, Safety.SAFE).splices) == 2
    with closing(judge(f"waive=mod-format:{LATER} | {notation}")) as report:
        chosen = compose(report, Safety.SAFE)
        assert chosen.splices == []
        assert set(chosen.reasons.values()) == {"the finding is waived"}


def test_the_last_day_still_holds_and_the_next_does_not() -> None:
    with closing(judge("waive=mod-format:2026-11-20 | 97530:gp x1")) as report:
        assert (report.status, named(report, "wvr-expired")) == ("ready", [])
    with closing(judge(f"waive=mod-format:{PAST} | 97530:gp x1 ; 97110:gp x1")) as report:
        assert report.status == "held"
        assert [finding.waived for finding in named(report, "mod-format")] == [None, None]
        (told,) = named(report, "wvr-expired")
        assert (told.severity, told.location.line, told.related[0].line) == ("risk", 1, 2)
        assert "expired on 2026-11-19: 2 findings stand again" in told.message


def test_a_renewed_waiver_is_missed_by_nobody() -> None:
    with closing(judge(f"waive=mod-format:{PAST},mod-format:{LATER} | 97530:gp x1")) as report:
        assert report.status == "ready"
        (told,) = named(report, "wvr-expired")
        assert told.severity == "info"


def test_an_unused_one_names_what_it_was_for() -> None:
    with closing(judge(f"waive=mod-gap:{LATER},mod-gap:{LATER}:C7 | 97530:GP x1")) as report:
        here, elsewhere = named(report, "wvr-unused")
        assert (here.location.claim, here.facts["claim_in_run"]) == ("C1", True)
        assert (elsewhere.location.claim, elsewhere.facts["claim_in_run"]) == ("C7", False)
        assert elsewhere.why == "Claim C7 is in no file of this run."
        assert report.status == "ready"


def test_what_bounces_the_file_stands() -> None:
    edits = (("GE*1*", "GE*2*"),)
    with closing(judge(f"waive=envelope-count:{LATER}:- | 97530:GP x1", edits=edits)) as report:
        (finding,) = named(report, "envelope-count")
        assert (finding.waived, report.status) == (None, "held")
        assert named(report, "wvr-refused")[0].location == finding.location


def test_all_claims_of_a_payer() -> None:
    claims = "97530:gp x1 || 97530:gp x1 || payer=CI | 97530:gp x1"
    with closing(judge(f"waive=mod-format:{LATER}:* | {claims}")) as report:
        waived = [finding.location.claim for finding in named(report, "mod-format") if finding.waived]
        assert waived == ["C1", "C2"]  # the third is judged by another profile


@pytest.mark.parametrize(
    ("line", "lines"), [("C1L2", [2]), ("LX:2", [2]), ("LX:02", [2]), ("LX:9", []), (None, [1, 2])]
)
def test_a_line_by_its_control_number_or_its_place(
    line: str | None, lines: list[int], tmp_path: Path
) -> None:
    text = as_toml([Waiver("mod-format", "seen", "DANA QUILL", date(2026, 12, 31), "C1", line)])
    ours = built_in_settings(today=TODAY, guide=False, waivers=read(tmp_path, text))
    with closing(judge("97530:gp x1 ; 97110:gp x1", settings=ours)) as report:
        assert [one.location.line for one in named(report, "mod-format") if one.waived] == lines


def test_reasons_are_hidden_where_patients_are() -> None:
    for day, name in ((LATER, "mod-format"), (PAST, "wvr-expired")):
        with closing(judge(f"waive=mod-format:{day} | 97530:gp x1")) as report:
            assert "told by the payer" in str(named(report, name))
    ours = built_in_settings(today=TODAY, guide=False, redact=True)
    for day in (LATER, PAST):
        with closing(judge(f"waive=mod-format:{day} | 97530:gp x1", settings=ours)) as report:
            assert "told by the payer" not in str(list(report.findings()))


# --- files --------------------------------------------------------------------------------------------


def entry(**changes: object) -> str:
    values = {key: value for key, value in (GOOD | changes).items() if value is not None}
    lines = [
        f"{key} = {value if isinstance(value, date | int) else json.dumps(value)}"
        for key, value in values.items()
    ]
    return "\n".join(["[[waiver]]", *lines, ""])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[waiver]\n", "each waiver begins with [[waiver]], in two brackets"),
        ("[[waivers]]\n", "there is no 'waivers'"),
        ("waiver = 3\n", "in two brackets"),
        ("[[waiver]\n", "is not TOML"),
        (entry() + entry(reason=None), "waiver 2 has no reason: no waiver without"),
        (entry(person=None), "waiver 1 has no person"),
        (entry(expires=None), "waiver 1 has no expires"),
        (entry(reason="  "), "waiver 1: reason is a text"),
        (entry(claim=1001), "waiver 1: claim is a text, not 1001"),
        (entry(expires="next year"), "waiver 1: expires is a date, as in 2026-11-03, not 'next year'"),
        (entry(expires=3), "waiver 1: expires is a date"),
        (entry(rule="mod-formt"), "there is no rule 'mod-formt'; did you mean 'mod-format'?"),
        (entry(rule="WVR002"), "cannot be waived itself"),
        (entry() + entry(cliam="C1"), "waiver 2: there is no 'cliam'; did you mean 'claim'?"),
        (entry(profile="medicar"), "there is no profile 'medicar'; did you mean 'medicare'?"),
        (entry(claim="*"), "it needs a profile, and no line"),
        (entry(claim="*", profile="medicare", line="LX:1"), "it needs a profile, and no line"),
        (entry(claim=None, line="LX:1"), "names a line but no claim"),
        (entry(line="LX:one"), "else LX:n, as in LX:2"),
    ],
)
def test_mistakes_name_the_file_the_entry_and_what_was_meant(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(str(tmp_path / "waivers.toml"))
    assert told in str(error.value)


texts = st.text('aZ0 "\\\n\r\t\x00\x1b\x7f\x85#=[]\u2028\u202e\U0001f600', min_size=1)
texts = texts.filter(lambda text: text.strip() == text != "*")
lines = st.none() | texts.filter(lambda text: not text.startswith("LX:")) | st.just("LX:3")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.builds(Waiver, st.just("mod-format"), texts, texts, st.dates(), texts, lines), max_size=3))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, waivers: list[Waiver]
) -> None:
    text = as_toml(waivers)
    assert len(tomllib.loads(text).get("waiver", [])) == len(waivers)
    again = read(tmp_path_factory.mktemp("waivers"), text)
    assert [(w.rule, w.reason, w.person, w.expires, w.claim, w.line) for w in again] == [
        (w.rule, w.reason, w.person, w.expires, w.claim, w.line) for w in waivers
    ]
