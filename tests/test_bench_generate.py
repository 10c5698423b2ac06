"""The generated batches are what the benchmarks take them for: repeatable, valid, counted and clean."""

from __future__ import annotations

import csv
import importlib
import io
import logging
import sys
from collections import Counter, defaultdict
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from pyx12.params import params
from pyx12.x12n_document import x12n_document

sys.path.append(str(Path(__file__).parents[1] / "bench"))
generate = importlib.import_module("generate")
PAIRS = importlib.import_module("care").PAIRS
FAULTS = importlib.import_module("faults").FAULTS
TIMED = importlib.import_module("care").TIMED


def batch(**options: object) -> tuple[str, list[dict[str, str]]]:
    """A batch and its treatment-time log."""
    out, log = io.StringIO(newline=""), io.StringIO(newline="")
    generate.write_batch(out, log, **options)
    return out.getvalue(), list(csv.DictReader(io.StringIO(log.getvalue())))


def segments_of(text: str) -> list[list[str]]:
    return [segment.split("*") for segment in text.replace("\n", "").split("~")[:-1]]


def claims_of(text: str) -> list[dict[str, list[list[str]]]]:
    """Every claim as {segment id: segments}, with the member id and filing code of its subscriber."""
    claims: list[dict[str, list[list[str]]]] = []
    subscriber: dict[str, list[list[str]]] = {}
    in_claim = False
    for segment in segments_of(text):
        if segment[0] in ("HL", "SE"):
            in_claim = False
        elif segment[0] == "SBR" or segment[:2] == ["NM1", "IL"]:
            subscriber[segment[0]] = [segment]
        elif segment[0] == "CLM":
            in_claim = True
            claims.append(defaultdict(list, {"SBR": subscriber["SBR"], "IL": subscriber["NM1"]}))
        if in_claim:
            claims[-1][segment[0]].append(segment)
    return claims


@pytest.fixture(scope="module")
def clean() -> tuple[str, list[dict[str, str]]]:
    return batch(claims=600, seed=11, faults=0.0, claims_per_st=250)


def test_a_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first = batch(claims=120, seed=5)
    assert batch(claims=120, seed=5) == first
    assert batch(claims=120, seed=6)[0] != first[0]


@pytest.mark.parametrize("faults", [0.0, 1.0])
def test_pyx12_accepts_a_batch(faults: float) -> None:
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    text, _ = batch(claims=30, seed=3, faults=faults)
    assert x12n_document(params(), io.StringIO(text), None, None)


def test_a_size_is_reached_and_not_passed_by_more_than_a_claim() -> None:
    text, _ = batch(size=100_000, seed=4)
    assert 100_000 <= len(text) < 102_000


def test_counts_reconcile(clean: tuple[str, list[dict[str, str]]]) -> None:
    segments = segments_of(clean[0])
    assert [segment[2] for segment in segments if segment[0] == "ST"] == ["0001", "0002", "0003"]
    start = levels = 0
    for index, segment in enumerate(segments):
        if segment[0] == "ST":
            start, levels, number = index, 0, segment[2]
        elif segment[0] == "HL":
            levels += 1
            assert segment[1] == str(levels)
            parent = {"20": "", "22": "1", "23": str(levels - 1)}[segment[3]]
            assert segment[2] == parent
        elif segment[0] == "SE":
            assert segment[1:] == [str(index - start + 1), number]
    assert segments[-2] == ["GE", "3", "12"]
    assert segments[-1] == ["IEA", "1", "000000012"]
    identifiers = [claim["CLM"][0][1] for claim in claims_of(clean[0])]
    assert len(set(identifiers)) == len(identifiers) == 600


def test_every_npi_has_its_check_digit(clean: tuple[str, list[dict[str, str]]]) -> None:
    npis = {segment[9] for segment in segments_of(clean[0]) if segment[0] == "NM1" and segment[8:9] == ["XX"]}
    assert len(npis) > 30
    for npi in npis:
        digits = [int(digit) for digit in reversed("80840" + npi)]
        assert sum(digits[::2] + [d * 2 - 9 * (d > 4) for d in digits[1::2]]) % 10 == 0


def test_the_log_joins_to_the_lines(clean: tuple[str, list[dict[str, str]]]) -> None:
    billed = {}
    for claim in claims_of(clean[0]):
        for line, day, control in zip(
            claim["SV1"], claim["DTP"][1:], claim["REF"][-len(claim["SV1"]) :], strict=True
        ):
            billed[claim["CLM"][0][1], control[2]] = (line[1].split(":")[1], day[3], claim["NM1"][-1][9])
    logged = {
        (row["claim_id"], row["line_ref"]): (row["code"], row["dos"].replace("-", ""), row["provider_npi"])
        for row in clean[1]
    }
    assert logged == billed


def test_nobody_treats_two_patients_at_once(clean: tuple[str, list[dict[str, str]]]) -> None:
    days = defaultdict(list)
    for row in clean[1]:
        days[row["provider_npi"], row["dos"]].append((row["start"], row["stop"]))
    assert max(map(len, days.values())) > 20
    for intervals in days.values():
        intervals.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(intervals))


def test_clean_claims_are_clean(clean: tuple[str, list[dict[str, str]]]) -> None:
    rows = {row["line_ref"]: row for row in clean[1]}
    visits = defaultdict(list)
    claims = claims_of(clean[0])
    for claim in claims:
        assert float(claim["CLM"][0][2]) == sum(float(line[2]) for line in claim["SV1"])
        for line, control in zip(claim["SV1"], claim["REF"][-len(claim["SV1"]) :], strict=True):
            assert all(1 <= int(pointer) < len(claim["HI"][0]) for pointer in line[7].split(":"))
            row = rows[control[2]]
            visits[claim["IL"][0][9], row["dos"]].append((line, row))
    cross_claim = [lines for lines in visits.values() if len({row["claim_id"] for _, row in lines}) > 1]
    assert cross_claim
    pairs = 0
    for lines in visits.values():
        codes = Counter(line[1].split(":")[1] for line, _ in lines)
        assert set(codes.values()) == {1}
        for one, two in combinations(lines, 2):
            if (one[1]["code"], two[1]["code"]) in PAIRS:
                pairs += 1
                assert {"59", "XS"}.intersection(two[0][1].split(":"))
                assert one[1]["area"] != two[1]["area"]
            assert (two[1]["code"], one[1]["code"]) not in PAIRS
        units = {row["code"]: int(line[4]) for line, row in lines if row["code"] in TIMED}
        minutes = {row["code"]: int(row["minutes"]) for _, row in lines if row["code"] in TIMED}
        assert (
            sum(units.values()) == (sum(minutes.values()) + 7) // 15
        )  # Claims Processing Manual, ch. 5, 20.2
        assert all(
            (minutes[code] + 7) // 15 == count for code, count in units.items()
        )  # and by the midpoint rule
    assert pairs > 50


def test_faults_are_sprinkled_at_their_rate() -> None:
    out = io.StringIO(newline="")
    written = generate.write_batch(out, claims=3000, seed=8, faults=0.2)
    assert 500 < written.faults.total() < 700
    assert set(written.faults) == set(FAULTS)
    assert written.faults.most_common(1)[0][0] == "unmodified-pair"
    assert written.segments == out.getvalue().count("~")
