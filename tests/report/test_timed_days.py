"""Timed days in reports: whole where claims share them, told where they cannot be judged."""

from __future__ import annotations

import io
import json
from contextlib import closing
from datetime import date, timedelta
from typing import Any

from scrub837.report import as_json, as_text
from scrub837.report.timed_days import AT_ONCE
from scrub837.results import Report
from scrub837.testing import judge


def reports(notation: str) -> tuple[list[dict[str, Any]], str]:
    """The timed days of the JSON report, and the text report."""
    data, text = io.BytesIO(), io.BytesIO()
    with closing(judge(notation)) as file:
        as_json.write(Report([file], []), data)
        as_text.write(Report([file], []), text)
    return json.loads(data.getvalue())["files"][0]["timed_days"], text.getvalue().decode()


def test_minutes_by_code_units_supported_and_billed_and_the_rule() -> None:
    """33 and 7 minutes are 40: three units, of which two are 97110's and one 97140's. Four are billed."""
    [day], text = reports("97110:GP x3 @33 ; 97140:GP x1 @7 ; -97530 @10 role=aide")
    assert day == {
        "day": "2026-11-03",
        "provider": "1999001013",
        "discipline": "GP",
        "profile": "medicare",
        "lines": [
            {"claim": "C1", "claim_index": 1, "line": 1, "line_control": "C1L1"},
            {"claim": "C1", "claim_index": 1, "line": 2, "line_control": "C1L2"},
        ],
        "minutes": {"97110": 33, "97140": 7, "97530": 0},
        "not_counted": {"given by an aide": 10},
        "total_minutes": 40,
        "billed": {"97110": 3, "97140": 1},
        "units_billed": 4,
        "rules": [{"rule": "cms", "units_supported": 3, "legal": ["97110 x2 + 97140 x1"], "verdict": "over"}],
        "unclear": None,
    }
    assert text.partition("minutes by code\n")[2].splitlines()[:2] == [
        "  >  C1     2026-11-03 GP   40    3     4  CMS  97110 33, 97140 7",
        "        not counted: 10 min given by an aide",
    ]


def test_a_day_that_claims_share_is_one_whole_day_under_each_of_them() -> None:
    """8 and 8 minutes on two claims are 16: one unit by the CMS rule, two are billed."""
    days, text = reports(
        "patient=B | 97112:GP x1 @15 || id=C2 | 97110:GP x1 @8 || dos=2026-11-04 | 97110:GP x1 @9"
        " || id=C4 | 97140:GP x1 @8"
    )
    assert [(sorted({one["claim"] for one in day["lines"]}), day["minutes"]) for day in days] == [
        (["C1"], {"97112": 15}),
        (["C2", "C4"], {"97110": 8, "97140": 8}),
        (["C3"], {"97110": 9}),
    ]
    assert days[1]["rules"][0]["units_supported"] == 1
    sentence = "2026-11-03 GP: 97110 8 min x1, 97140 8 min x1; 16 min support 1 unit by the CMS"
    told = " ".join(text.split())
    assert told.count(sentence) == 1  # the finding, and so the claim to work, is that of C2 alone
    assert "8-minute rule; 2 billed; with claim C4 ! DENY" in told
    assert "  >  C2 +1  2026-11-03 GP   16    1     2  CMS  97110 8, 97140 8" in text


def test_both_rules_where_the_payers_is_not_known() -> None:
    [day], text = reports("payer=CI | 97110:GP x1 @8 ; 97140:GP x1 @8")
    assert [(one["rule"], one["units_supported"], one["verdict"]) for one in day["rules"]] == [
        ("cms", 1, "over"),
        ("ama", 2, "ok"),
    ]
    assert "  ?  C1     2026-11-03 GP   16  1/2     2  CMS/CPT  97110 8, 97140 8" in text


def test_first_and_further_units_are_days_of_their_own() -> None:
    """38 minutes are 97129 and two units of 97130, the second from 38 on; one is billed."""
    [day], _ = reports("97129:GN x1 @38 ; 97130:GN x1 @0")
    assert (day["minutes"], day["billed"]) == ({"97129": 38, "97130": 0}, {"97129": 1, "97130": 1})
    assert day["rules"] == [
        {"rule": "steps", "units_supported": 3, "legal": ["97129 x1 + 97130 x2"], "verdict": "under"}
    ]


def test_what_cannot_be_judged_is_said_to_be_so() -> None:
    missing = "a timed line of the day has no documented minutes"
    days, text = reports("97110:GP x4 @15 ; 97140:GP x1 || patient=B | 97110:GP x2")
    assert [(day["unclear"], day["units_billed"], day["rules"]) for day in days] == [
        (missing, 5, []),
        ("the treatment-time log says nothing of the claim", 2, []),
    ]
    assert f"  ?  C1     2026-11-03 GP   15    -     5  -   97110 15\n        not judged: {missing}\n" in text
    assert "  1 more timed day without documented minutes\n" in text


def test_without_documentation_there_are_none() -> None:
    days, text = reports("97110:GP x4 ; 97140:GP x1")
    assert days == []
    assert "Timed days" not in text


def test_no_day_is_left_out() -> None:
    count = AT_ONCE + 100
    claims = " || ".join(
        f"id=N{n} patient={'ABCDE'[n % 5]} dos={date(2026, 1, 2) + timedelta(n // 5)} | 97110:GP x1 @15"
        for n in range(count)
    )
    days, text = reports(claims)
    names = [f"N{n}" for n in range(count)]
    assert [one["claim"] for day in days for one in day["lines"]] == names
    table = text.partition("\nTimed days")[2].splitlines()
    assert [line.split()[0] for line in table if line.startswith("     N")] == names
