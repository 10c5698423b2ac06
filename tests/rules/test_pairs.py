"""Pairs and what modifiers say to them, against a table written by hand from the NCCI rules."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import pytest
from cms_files import pairs_text, put

from scrub837.configure import built_in_settings
from scrub837.findings import Finding
from scrub837.reference.load import load
from scrub837.reference.store import Reference, open_reference
from scrub837.rules._modifiers import distinct_sites, is_em
from scrub837.testing import TODAY, findings, judge

# Invented procedures 1000x (indicator 0), 2000x (1) and 3000x (9); a visit as column 2 and as column 1.
ROWS = """
10001 10002 20000101 * 0
20001 20002 20000101 * 1
30001 30002 20000101 20000101 9
40001 99213 20000101 * 1
99214 40002 20000101 * 1
50001 50002 20100101 20191231 0
50001 50002 20200101 20200101 9
50001 50002 20201001 * 1
60001 60002 20000101 * 1
60002 60003 20000101 * 1
60001 60003 20000101 * 1
"""
FAMILY = ("ptp-", "m59-", "m25-", "ref-not-covered")  # the rules this is about


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    folder = tmp_path_factory.mktemp("reference")
    name = "medicaid-ncci-q4-2026-ptp-edits-practitioner-services.txt"
    files = [
        put(folder, "ccipra-v323r0.txt", pairs_text(ROWS)),
        put(folder, name, pairs_text(ROWS, old_column=False)),
    ]
    load(files, folder / "reference.sqlite")
    return open_reference(folder / "reference.sqlite")


def said(found: list[Finding]) -> list[str]:
    """``ptp-unbypassed:deny:2`` for each finding of these rules, by name and line."""
    return sorted(f"{f.name}:{f.severity}:{f.location.line}" for f in found if f.name.startswith(FAMILY))


# --- every cell of: indicator x where the modifier is x date x payer x modifier ------------------------

FAMILIES = {  # modifier on column 1, on column 2
    "59": ("59", "59"),
    "x": ("XS", "XU"),
    "same-site": ("LT", "LT"),
    "other-site": ("LT", "RT"),
    "25": ("25", "25"),
    "22": ("22", "22"),
}
PAYERS = {"medicare": "payer=MB", "medicaid": "payer=MC", "commercial": "payer=CI"}
DATES = {"before": "2019-06-30", "after": "2019-07-01"}  # either side of CR 11168
# indicator, family, where, payer, date -> findings; the first row that fits counts
TABLE = """
0 59         none * *             ptp-never:deny:2
0 59         1    * *             ptp-never:deny:2 m59-ind0:deny:1
0 59         2    * *             ptp-never:deny:2 m59-ind0:deny:2
0 59         both * *             ptp-never:deny:2 m59-ind0:deny:1 m59-ind0:deny:2
0 x          none * *             ptp-never:deny:2
0 x          1    * *             ptp-never:deny:2 m59-ind0:deny:1
0 x          2    * *             ptp-never:deny:2 m59-ind0:deny:2
0 x          both * *             ptp-never:deny:2 m59-ind0:deny:1 m59-ind0:deny:2
0 same-site  *    * *             ptp-never:deny:2
0 other-site *    * *             ptp-never:deny:2
0 25         none * *             ptp-never:deny:2
0 25         1    * *             ptp-never:deny:2 m25-on-non-em:deny:1
0 25         2    * *             ptp-never:deny:2 m25-on-non-em:deny:2
0 25         both * *             ptp-never:deny:2 m25-on-non-em:deny:1 m25-on-non-em:deny:2
0 22         *    * *             ptp-never:deny:2
1 59         none * *             ptp-unbypassed:deny:2
1 59         2    * *
1 59         both * *             m59-both-lines:risk:1
1 59         1    *        before ptp-unbypassed:deny:2 m59-col1-only:deny:1
1 59         1    medicare after  m59-col1-only:info:1
1 59         1    * *             m59-col1-only:risk:1
1 x          none * *             ptp-unbypassed:deny:2
1 x          2    * *
1 x          both * *             m59-both-lines:risk:1
1 x          1    *        before ptp-unbypassed:deny:2 m59-col1-only:deny:1
1 x          1    medicare after  m59-col1-only:info:1
1 x          1    * *             m59-col1-only:risk:1
1 same-site  *    * *             ptp-unbypassed:deny:2
1 other-site both * *
1 other-site *    * *             ptp-unbypassed:deny:2
1 25         none * *             ptp-unbypassed:deny:2
1 25         1    * *             ptp-unbypassed:deny:2 m25-on-non-em:deny:1
1 25         2    * *             ptp-unbypassed:deny:2 m25-on-non-em:deny:2
1 25         both * *             ptp-unbypassed:deny:2 m25-on-non-em:deny:1 m25-on-non-em:deny:2
1 22         *    * *             ptp-unbypassed:deny:2
9 59         none * *
9 59         1    * *             m59-no-pair:risk:1
9 59         2    * *             m59-no-pair:risk:2
9 59         both * *             m59-no-pair:risk:1 m59-no-pair:risk:2
9 x          none * *
9 x          1    * *             m59-no-pair:risk:1
9 x          2    * *             m59-no-pair:risk:2
9 x          both * *             m59-no-pair:risk:1 m59-no-pair:risk:2
9 same-site  *    * *
9 other-site *    * *
9 25         none * *
9 25         1    * *             m25-on-non-em:deny:1
9 25         2    * *             m25-on-non-em:deny:2
9 25         both * *             m25-on-non-em:deny:1 m25-on-non-em:deny:2
9 22         *    * *
"""


def expected(*cell: str) -> list[str]:
    for row in TABLE.strip().splitlines():
        pattern, found = row.split()[:5], row.split()[5:]
        if all(fnmatch(value, wanted) for value, wanted in zip(cell, pattern, strict=True)):
            return sorted(found)
    raise LookupError(cell)


def cells() -> Iterator[tuple[str, str, str]]:
    yield from itertools.product("019", FAMILIES, PAYERS)


@pytest.mark.parametrize(("indicator", "family", "payer"), list(cells()))
def test_every_cell(edition: Reference, indicator: str, family: str, payer: str) -> None:
    one, two = FAMILIES[family]
    base = {"0": "1000", "1": "2000", "9": "3000"}[indicator]
    for where, date in itertools.product(("none", "1", "2", "both"), DATES):
        first = f"{base}1:{one}" if where in ("1", "both") else f"{base}1"
        second = f"{base}2:{two}" if where in ("2", "both") else f"{base}2"
        for lines, turn in ((f"{first} x1 ; {second} x1", ""), (f"{second} x1 ; {first} x1", "12")):
            wanted = expected(indicator, family, where, payer, date)
            if turn:  # column 2 first on the claim: the same findings on the other line numbers
                wanted = sorted(text[:-1] + ("2" if text[-1] == "1" else "1") for text in wanted)
            claim = f"{PAYERS[payer]} dos={DATES[date]} provider=MD | {lines}"
            assert said(findings(claim, reference=edition)) == wanted, claim


# --- visits: 25, 57 and 24 on the visit, and nothing else -----------------------------------------------


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ("40001 ; 99213", "ptp-unbypassed:deny:2"),
        ("40001 ; 99213:25", ""),
        ("40001 ; 99213:57", ""),
        ("40001 ; 99213:24", ""),
        ("40001:25 ; 99213", "m25-on-non-em:deny:1 ptp-unbypassed:deny:2"),
        ("40001:57 ; 99213", "ptp-unbypassed:deny:2"),
        ("40001:59 ; 99213", "m25-where-needed:deny:2"),
        ("40001:XU ; 99213", "m25-where-needed:deny:2"),
        ("40001 ; 99213:59", "m59-on-em:deny:2"),
        ("40001:59 ; 99213:59", "m25-where-needed:deny:2 m59-on-em:deny:2"),
        ("40001:59 ; 99213:25", "m59-specific:risk:1"),
        ("40001:LT ; 99213:RT", "ptp-unbypassed:deny:2"),
        ("40001:79 ; 99213", ""),
        ("99214:25 ; 40002", ""),  # the visit is column 1
        ("99214 ; 40002:25", "m25-on-non-em:deny:2 ptp-unbypassed:deny:2"),
        ("99214 ; 40002:59", "m25-where-needed:deny:1"),
        ("99214 ; 40002", "ptp-unbypassed:deny:2"),
    ],
)
def test_a_visit_is_separated_by_its_own_modifiers(edition: Reference, lines: str, wanted: str) -> None:
    claim = "provider=MD payer=CI | " + " ; ".join(f"{line} x1" for line in lines.split(" ; "))
    assert said(findings(claim, reference=edition)) == wanted.split()


# --- which row, which lines -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        ("2009-12-31", ""),
        ("2010-01-01", "ptp-never:deny:2"),
        ("2019-12-31", "ptp-never:deny:2"),
        ("2020-01-01", ""),  # the row with indicator 9 was never in force, not on its own day either
        ("2020-09-30", ""),
        ("2020-10-01", "ptp-unbypassed:deny:2"),
    ],
)
def test_the_date_of_service_chooses_among_rows(edition: Reference, day: str, wanted: str) -> None:
    found = findings(f"dos={day} provider=MD | 50001 x1 ; 50002 x1", reference=edition)
    assert said(found) == wanted.split()


def test_a_finding_names_the_row_behind_it(edition: Reference) -> None:
    (found,) = findings("provider=MD | 50002 x1 ; 50001 x1", "ptp-unbypassed", reference=edition)
    assert found.location.line == 1
    assert [place.line for place in found.related] == [2]
    assert found.facts["column1"] == "50001"
    assert found.facts["column2"] == "50002"
    assert found.facts["indicator"] == "1"
    assert found.facts["edition"] == "2026Q4"
    assert str(found.facts["effective"]) == "2020-10-01"
    assert found.facts["deletion"] is None
    assert "edition 2026Q4" in found.why
    assert "indicator 1, in force from 2020-10-01" in found.why


def test_one_finding_a_column_2_line_names_every_column_1_line(edition: Reference) -> None:
    found = findings("provider=MD | 60001 x1 ; 60002 x1 ; 60003 x1", "ptp-unbypassed", reference=edition)
    assert [(f.location.line, [place.line for place in f.related]) for f in found] == [(2, [1]), (3, [1, 2])]
    assert "60003 is bundled into 60001 and 60002 on this day" in found[1].message
    assert [pair["column1"] for pair in found[1].facts["pairs"]] == ["60001", "60002"]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        # one column 1 line carries 59, the other does not: column 2 is still unanswered beside that one
        ("20001:59 ; 20001 ; 20002", "m59-col1-only:info:1 ptp-unbypassed:deny:3"),
        # one of two column 2 lines carries it
        ("20001 ; 20002:59 ; 20002", "ptp-unbypassed:deny:3"),
        # 60002 needs 59 beside 60001, so it is not one too many beside 60003
        ("60001 ; 60002:59 ; 60003:59", ""),
        # both sites and 59: the places say it already
        ("20001:LT ; 20002:RT:59", "m59-specific:risk:2"),
        ("20001:T1 ; 20002:T2", ""),
        ("20001:LT ; 20002:T1", "ptp-unbypassed:deny:2"),  # the toe is on the left
        # neither a fifth value nor the description is a modifier
        ("20001 ; 20002:22:AT:KX:GP:59", "ptp-unbypassed:deny:2"),
        ("20001 ; 20002:59:XS", "m59-and-x:deny:2"),
        ("20001 ; 20002:XE:XS", "m59-two-x:risk:2"),
        # lines that bill nothing form no pair
        ("20001 ; 20002 x0", ""),
    ],
)
def test_all_lines_of_the_day_count(edition: Reference, lines: str, wanted: str) -> None:
    texts = [line if " x" in line else f"{line} x1" for line in lines.split(" ; ")]
    claim = "provider=MD | " + " ; ".join(texts)
    assert said(findings(claim, reference=edition)) == wanted.split()


def test_a_pair_over_two_claims_is_reported_once_and_names_both(edition: Reference) -> None:
    (found,) = findings(
        "id=A provider=MD | 20002 x1 || id=B provider=MD | 20001 x1", "ptp-unbypassed", reference=edition
    )
    assert (found.location.claim, found.location.line) == ("A", 1)
    assert [(place.claim, place.line) for place in found.related] == [("B", 1)]
    assert "line 1 of claim A and line 1 of claim B" in found.why


def test_59_on_another_claim_of_the_day_has_its_partner(edition: Reference) -> None:
    both = "id=A provider=MD | 20001 x1 || id=B provider=MD | 20002:59 x1"
    assert said(findings(both, reference=edition)) == []
    assert said(findings("provider=MD | 20002:59 x1", reference=edition)) == ["m59-no-pair:risk:1"]


@pytest.mark.parametrize(
    "claims",
    [
        "provider=MD patient=A | 20001 x1 || provider=MD patient=B | 20002 x1",
        "provider=MD | 20001 x1 dos=2026-11-02 ; 20002 x1 dos=2026-11-03",
        "provider=P1 | 20001 x1 || provider=P2 | 20002 x1",
        "provider=MD | 20001 x1 || provider=MD freq=8 f8=PAYERNO | 20002 x1",
    ],
    ids=["other-patient", "other-day", "other-provider", "voided"],
)
def test_no_pair_where_the_payer_sees_none(edition: Reference, claims: str) -> None:
    assert said(findings(claims, reference=edition)) == []


def test_a_range_pairs_on_the_days_it_shares(edition: Reference) -> None:
    claim = "provider=MD | 20001 x3 dos=2026-11-02 to=2026-11-04 ; 20002 x1 dos=2026-11-04"
    (found,) = findings(claim, "ptp-unbypassed", reference=edition)
    assert "on 2026-11-04" in found.message
    assert str(found.facts["day"]) == "2026-11-04"


def test_colleagues_count_as_one_where_the_payer_says_so(edition: Reference) -> None:
    claim = "provider=P1 | 20001 x1 {P1} ; 20002 x1 {P3} ; 20002 x1 {P2}"  # P1 and P3 share the taxonomy
    assert said(findings(claim, reference=edition)) == ["ptp-same-group:risk:2"]
    settings = built_in_settings(today=TODAY, guide=False)
    profiles = {
        name: replace(one, same_provider="group-specialty") for name, one in settings.profiles.items()
    }
    found = findings(claim, reference=edition, settings=replace(settings, profiles=profiles))
    assert said(found) == ["ptp-unbypassed:deny:2"]


# --- what cannot be known -------------------------------------------------------------------------------


def notes(claim: str, reference: Reference | None = None) -> dict[str, int]:
    with closing(judge(claim, reference=reference)) as report:
        return {note.name: note.lines for note in report.not_checked if note.name.startswith(FAMILY)}


def test_a_day_beyond_the_editions_is_said(edition: Reference) -> None:
    claim = "dos=2027-01-01 provider=MD | 20001 x1 ; 70001:59 x1"
    (found,) = findings(claim, "ref-not-covered", reference=edition)
    assert found.severity == "risk"
    assert found.facts["editions"] == ["2026Q4"]
    assert str(found.facts["last_day"]) == "2026-12-31"
    assert said(findings(claim, reference=edition)) == ["ref-not-covered:risk:1"]
    assert notes(claim, edition) == {"ref-not-covered": 2, "m59-no-pair": 1}
    assert said(findings("dos=2026-12-31 provider=MD | 20001 x1 ; 70001 x1", reference=edition)) == []


def test_the_starter_edition_does_not_prove_that_there_is_no_pair() -> None:
    claim = "97140:GP:59 x1 ; 97110:GP x1"
    assert said(findings(claim)) == []
    assert notes(claim) == {"m59-no-pair": 1}
    assert said(findings("97140:GP:59 x1")) == ["m59-no-pair:risk:1"]  # alone, it is certain


def test_without_a_log_evidence_is_not_checked_once_a_column_2_line(edition: Reference) -> None:
    claim = "provider=MD | 60001 x1 ; 60002:59 x1 ; 60003:59 x1"
    assert notes(claim, edition) == {"m59-undoc": 2}


# --- the words it rests on ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "visit"),
    [
        ("99201", True), ("99202", True), ("99499", True), ("99200", False), ("99500", False),
        ("92002", True), ("92014", True), ("92015", False), ("99091", False), ("G0438", True),
        ("G0283", False), ("97161", False), ("98941", False), ("9920", False), ("9920A", False),
    ],
)  # fmt: skip
def test_which_codes_are_visits(code: str, visit: bool) -> None:
    assert is_em(code) is visit


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("LT", "RT", True), ("LT", "LT", False), ("LT", "", False), ("", "", False),
        ("T1", "T2", True), ("T1", "T1", False), ("LT T1", "LT T2", True), ("LT", "T1", False),
        ("LT", "T5", True), ("FA", "TA", True), ("E1", "E3", True), ("LD", "RC", True),
        ("LT", "LD", False), ("LT RT", "RT", False), ("T1 T2", "T2", False), ("GP LT", "RT KX", True),
    ],
)  # fmt: skip
def test_which_sites_differ(one: str, other: str, apart: bool) -> None:
    assert distinct_sites(one.split(), other.split()) is apart
    assert distinct_sites(other.split(), one.split()) is apart


@pytest.mark.parametrize(
    ("first", "last", "days", "hit"),
    [
        ("20261010", "20261020", ("10-01", "10-09", "10-10", "10-20", "10-21", "10-31"), ("10-10", "10-20")),
        ("20261101", "*", ("10-01", "10-31", "11-01", "11-02", "12-31"), ("11-01", "11-02", "12-31")),
        ("20200101", "20261031", ("10-01", "10-31", "11-01", "12-31"), ("10-01", "10-31")),
        ("20261101", "20261130", ("12-31", "11-30", "11-01", "10-31"), ("11-30", "11-01")),
    ],
    ids=["within a month", "from a month on", "to a month", "a month"],
)
def test_a_pair_that_changes_within_a_quarter_is_judged_by_the_day(
    tmp_path: Path, first: str, last: str, days: tuple[str, ...], hit: tuple[str, ...]
) -> None:
    rows = f"70001 70002 {first} {last} 1\n" + ROWS.strip()
    load([put(tmp_path, "ccipra-v323r0.txt", pairs_text(rows))], tmp_path / "reference.sqlite")
    batch = " || ".join(
        f"id=C{day} dos=2026-{day} patient={patient} | 70001 x1 ; 70002 x1"
        for day, patient in zip(days, "ABCDEA", strict=False)
    )
    found = findings(
        batch,
        "ptp-unbypassed",
        reference=open_reference(tmp_path / "reference.sqlite"),
        settings=built_in_settings(today=datetime.date(2027, 1, 2)),
    )
    assert [finding.location.claim for finding in found] == [f"C{day}" for day in hit]
