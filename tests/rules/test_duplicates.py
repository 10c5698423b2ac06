"""Lines and claims that say the same, told apart from parts, repeats and replacements."""

from __future__ import annotations

import pytest

from scrub837.findings import Severity
from scrub837.testing import findings


def duplicates(
    notation: str, edits: tuple[tuple[str, str], ...] = ()
) -> list[tuple[str, str, int | None, Severity]]:
    """Name, claim, line and severity of each duplicate."""
    return [
        (found.name, found.location.claim or "", found.location.line, found.severity)
        for found in findings(notation, edits=edits)
        if found.name.startswith("duplicate-")
    ]


@pytest.mark.parametrize(
    ("notation", "severity"),
    [
        ("97110:GP x2 ; 97110:GP x2", Severity.RISK),
        ("97110:GP x2 ; 97110:GP x1", Severity.RISK),
        ("97012:GP x1 ; 97012:GP x1", Severity.DENY),
        ("97012:GP x1 $20 ; 97012:GP x1 $25", Severity.RISK),
        ("97110:GP:59 x1 ; 97110:59:gp x1", Severity.RISK),
        ("20610:LT x1 ; 20610:LT x1", Severity.DENY),
    ],
)
def test_line_twice(notation: str, severity: Severity) -> None:
    """Equal in all that is compared is denied; timed codes may be one service put on two lines."""
    assert duplicates(notation) == [("duplicate-line", "C1", 2, severity)]


@pytest.mark.parametrize(
    "notation",
    [
        "97110:GP x2 ; 97110:GP:76 x2",
        "97110:GP:76 x2 ; 97110:GP:76 x2",
        "97110:GP x1 ; 97110:GP:CQ x1",
        "97140:GP x4 ; 97140:GP:59 x3",
        "20610:LT x1 ; 20610:RT x1",
        "97110:GP x1 ; 97110:GP x1 place=12",
        "97110:GP x1 ; 97110:GP x1 dos=2026-11-04",
        "97110:GP x1 ; 97110:GP x2 to=2026-11-04",
        "97110:GP x1 ; 97110:GP x1 {P3}",
        "97110:GP x1 ; 97110:GP x0",
    ],
)
def test_no_duplicate(notation: str) -> None:
    assert duplicates(notation) == []


def test_other_drug() -> None:
    """Two drugs under one code (LIN03) are only worth knowing."""
    other = (("REF*6R*C1L2~\n", "REF*6R*C1L2~\nLIN**N4*00000000002~\nCTP****1*UN~\n"),)
    assert duplicates("J3490 x1 ; J3490 x1", other) == [("duplicate-line", "C1", 2, Severity.INFO)]


def test_range_is_told_of_once() -> None:
    """Two lines over the same three days are one duplicate, not three."""
    lines = "97012:GP x3 to=2026-11-05 ; 97012:GP x3 to=2026-11-05"
    assert duplicates(lines) == [("duplicate-line", "C1", 2, Severity.DENY)]


def test_claim_twice() -> None:
    """The second and third claim repeat the first, whatever the order of their lines; no line besides."""
    first, turned = "97110:GP x2 ; 97140:GP x1", "97140:GP x1 ; 97110:GP x2"
    assert duplicates(f"{first} || {turned} || {first}") == [
        ("duplicate-claim", "C2", None, Severity.DENY),
        ("duplicate-claim", "C3", None, Severity.DENY),
    ]


def test_claim_twice_at_other_charges() -> None:
    assert duplicates("97110:GP x1 $50 || 97110:GP x1 $60") == [
        ("duplicate-claim", "C2", None, Severity.RISK)
    ]


@pytest.mark.parametrize("frequency", ["7", "8"])
def test_replacement_in_the_same_file(frequency: str) -> None:
    """What replaces or voids a claim is no duplicate; that both are in one file is worth knowing."""
    assert duplicates(f"97110:GP x1 || freq={frequency} f8=PAYER1 | 97110:GP x1") == [
        ("duplicate-claim", "C2", None, Severity.INFO)
    ]


def test_line_on_another_claim() -> None:
    """One service of the second claim is on the first already."""
    assert duplicates("97110:GP x1 ; 97140:GP x1 || 97140:GP x1 ; 97035:GP x1") == [
        ("duplicate-line", "C2", 1, Severity.RISK)
    ]
    assert duplicates("97110:GP x1 || freq=7 f8=PAYER1 | 97110:GP x1 ; 97140:GP x1") == []


@pytest.mark.parametrize("other", ["patient=B", "payer=CI", "dos=2026-11-04", "provider=P3"])
def test_claims_apart(other: str) -> None:
    assert duplicates(f"97110:GP x1 || {other} | 97110:GP x1") == []
