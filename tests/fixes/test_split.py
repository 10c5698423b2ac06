"""What may go and what has to stay, by hand; both files complete and right."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from desk import Desk
from plain import read_plainly

from scrub837.claims.model import Claim
from scrub837.engine import scan
from scrub837.errors import OutputUnwritable, SettingsInvalid
from scrub837.findings import Finding, Severity
from scrub837.fixes.split import split
from scrub837.rules._rule import Context, Rule, Scope
from scrub837.testing import build
from scrub837.x12.source import open_source

FAMILY = "".join(
    f"{segment}~\n"
    for segment in (
        "HL*3*1*22*1", "SBR*P********MB", "NM1*IL*1*SPECIMEN*BLAKE****MI*1EG4TE5MK74",
        "NM1*PR*2*EXAMPLE MEDICARE CONTRACTOR*****PI*EXMAC",
        "HL*4*3*23*0", "PAT*19", "NM1*QC*1*SPECIMEN*KID", "N3*12 PLACEHOLDER AVE",
        "N4*SPRINGFIELD*IL*627040002", "DMG*D8*20150310*F", "{first}",
        "HL*5*3*23*0", "PAT*19", "NM1*QC*1*SPECIMEN*TOT", "N3*12 PLACEHOLDER AVE",
        "N4*SPRINGFIELD*IL*627040002", "DMG*D8*20170310*M", "{second}",
    )
)  # fmt: skip


def family(first: int = 50, second: int = 50) -> bytes:
    """A patient's claim C1, and below another subscriber C2 and C3 of dependents with these totals."""
    text = build("97110:GP x1").edi.decode()
    claim = text[text.index("CLM*") : text.index("\nSE*")].rstrip("~\n")
    claims = [
        claim.replace("C1", f"C{n}").replace(f"C{n}*50", f"C{n}*{total}")
        for n, total in ((2, first), (3, second))
    ]
    levels = FAMILY.replace("{first}", claims[0]).replace("{second}", claims[1])
    return text.replace("\nSE*28", f"\n{levels}SE*62").encode()


def hls(edi: bytes | None) -> list[str]:
    return [line.rstrip("~") for line in (edi or b"").decode().splitlines() if line.startswith("HL")]


def ids(edi: bytes | None) -> list[str]:
    return [one.text.split("*")[1] for one in read_plainly(edi).claims] if edi else []


def test_levels_are_numbered_anew(desk: Desk) -> None:
    assert hls(family()) == ["HL*1**20*1", "HL*2*1*22*0", "HL*3*1*22*1", "HL*4*3*23*0", "HL*5*3*23*0"]
    done = desk.split(family(first=51))
    assert (ids(done.ready), ids(done.held)) == (["C1", "C3"], ["C2"])
    assert hls(done.ready) == ["HL*1**20*1", "HL*2*1*22*0", "HL*3*1*22*1", "HL*4*3*23*0"]
    assert hls(done.held) == ["HL*1**20*1", "HL*2*1*22*1", "HL*3*2*23*0"]
    for part, segments in ((done.ready, 62 - 15), (done.held, 62 - 31)):
        assert part is not None
        assert f"\nSE*{segments}*0001~".encode() in part
        assert read_plainly(part).wrong == set()
        assert part.startswith(family()[: family().index(b"HL*")])
    assert stat.S_IMODE((desk.folder / "ready1.edi").stat().st_mode) == 0o600


def test_nothing_is_written_for_a_side_without_claims(desk: Desk) -> None:
    whole = desk.split(family())
    assert (whole.ready, whole.held) == (family(), None)
    none = desk.split("total=60 | 97110:GP x1")
    assert (none.ready, none.split.ready.claims, str(none.split.held.charge)) == (None, (), "60")
    assert sorted(path.name for path in desk.folder.iterdir()) == [
        "held2.edi", "in1.edi", "in2.edi", "ready1.edi",
    ]  # fmt: skip


def test_a_pair_over_two_claims_stays_together(desk: Desk) -> None:
    done = desk.split("97140:GP x1 || 97530:GP x1 || patient=B | 97140:GP x1 || patient=C | 97110:GP x1")
    assert ids(done.held) == ["C1", "C2"]
    assert done.split.joined == {1: ("PTP001",)}


def test_what_needs_a_held_claim_is_held_with_it(desk: Desk) -> None:
    """Code 97130 is an add-on: without 97129 of that day it is not paid."""
    done = desk.split("total=60 | 97129:GN x1 || 97130:GN x1 || patient=B | 97110:GP x1")
    assert (ids(done.ready), ids(done.held)) == (["C3"], ["C1", "C2"])


def test_faults_of_a_level_hold_what_is_in_it(desk: Desk, rules: object) -> None:
    class First(Rule):
        """Told at the first claim of a billing provider, and true of all of them."""

        code, name, severity, scope = "CLM902", "first", Severity.DENY, Scope.CLAIM

        def check(self, subject: Claim, context: Context) -> Iterable[Finding]:  # noqa: ARG002 - a rule's signature
            if subject.leads and subject.billing and "990000002" in subject.billing.block.text:
                yield self.finding(subject.locate_in(subject.billing.block, 0, "HL", loop="2000A"), "m")

    rules(First())  # type: ignore[operator] # a fixture
    text = build("97110 x1 || 97112 x1").edi.decode()
    body = text[text.index("HL*1") : text.index("SE*", text.index("HL*1"))]
    other = body.replace("990000001", "990000002").replace("HL*3*1", "HL*6*4").replace("HL*2*1", "HL*5*4")
    other = other.replace("HL*1*", "HL*4*").replace("CLM*C", "CLM*D")
    done = desk.split(re.sub(r"\nSE\*\d+", f"\n{other}SE*0", text).encode())
    assert (ids(done.ready), ids(done.held)) == (["C1", "C2"], ["D1", "D2"])
    assert hls(done.held) == hls(done.ready) == ["HL*1**20*1", "HL*2*1*22*0", "HL*3*1*22*0"]


WRONG_COUNTS = (
    ("\nSE*", "\nSE*9"),
    ("GE*1", "GE*4"),
    ("IEA*1", "IEA*7"),
    ("HL*2*1", "HL*9*1"),
    ("22*0", "22*1"),
)


@pytest.mark.parametrize("edit", WRONG_COUNTS, ids=lambda edit: edit[1])
def test_what_is_written_anew_holds_nothing(desk: Desk, edit: tuple[str, str]) -> None:
    done = desk.split("97110:GP x1", edits=(edit,))
    assert (done.ready, done.held) == (build("97110:GP x1").edi, None)


@pytest.mark.parametrize(
    "edit",
    [
        ("IEA*1*000000001", "IEA*1*000000002"),
        ("ISA*", "Subject: claims\nISA*"),
        ("*P*:", "*X*:"),
        ("HL*3*1*22", "HL*3*8*22"),
        ("NM1*41*2*EXAMPLE BILLING*****46*EXBILL", "NM1*41*2*EXAMPLE BILLING*****46"),
    ],
    ids=lambda edit: edit[1],
)
def test_other_faults_of_the_envelope_hold_what_is_in_it(desk: Desk, edit: tuple[str, str]) -> None:
    done = desk.split("97110:GP x1 || patient=B | 97110:GP x1", edits=(edit,))
    assert done.ready is None
    assert ids(done.held) == ["C1", "C2"]
    assert set(done.split.joined) == {1, 2}
    assert list(done.split.wide.values()) == [2]


def test_one_interchange_may_go_without_the_other(desk: Desk) -> None:
    first = build("97110:GP x1").edi
    second = build("id=C2 | 97112:GP x1").edi.replace(b"000000001~", b"000000002~")
    second = second.replace(b"*00501*000000001", b"*00501*000000002")
    done = desk.split(first + second.replace(b"IEA*1*000000002", b"IEA*1*000000003"))
    assert done.ready == first
    assert done.held == second
    assert done.split.wide == {"ENV004": 1}


@pytest.mark.parametrize("cut", [b"IEA", b"ST*837"])
def test_what_cannot_be_read_to_its_end_or_start_is_not_divided(desk: Desk, cut: bytes) -> None:
    edi = build("97110:GP x1").edi
    at = edi.index(cut)
    done = desk.split(edi[:at] + (b"" if cut == b"IEA" else edi[edi.index(b"BHT") :]))
    assert (done.ready, done.held) == (None, None)
    assert done.split.refused in ("the file is incomplete", "a transaction stands without its ST or GS")


@pytest.mark.parametrize("blanks", [b"", b"\n", b"  \r\n\n"])
def test_claims_of_a_transaction_without_its_se_are_held(desk: Desk, blanks: bytes) -> None:
    edi = build("97110:GP x1 || patient=B | 97110:GP x1").edi
    at, end = edi.index(b"\nSE*") + 1, edi.index(b"GE*")
    done = desk.split(edi[:at] + blanks + edi[end:])
    assert (done.split.refused, done.ready) == ("", None)
    assert (done.held or b"").split() == edi.split()


def test_a_claim_above_its_subscriber_keeps_the_levels_around_it(desk: Desk) -> None:
    edi = build("97110:GP x1").edi
    level, claim, end = edi.index(b"HL*2"), edi.index(b"CLM*"), edi.index(b"\nSE*") + 1
    turned = edi[:level] + edi[claim:end] + edi[level:claim] + edi[end:]
    assert desk.split(turned).held == turned


def test_transactions_without_claims_and_blank_segments_are_left_out(desk: Desk) -> None:
    edi = build("97110:GP x1").edi
    bare = edi[edi.index(b"ST*") : edi.index(b"CLM*")].replace(b"*0001*0", b"*0002*0") + b"SE*18*0002~\n"
    done = desk.split(edi.replace(b"GE*1", bare + b"~\nGE*2"))
    assert done.ready == edi
    assert done.split.left_out == ("2 bytes outside any transaction", "1 transaction without claims")


def test_claims_of_another_kind_are_in_neither_file_and_do_not_count(desk: Desk) -> None:
    edi = build("97110:GP x1 || patient=B total=60 | 97110:GP x1").edi
    start, end = edi.index(b"GS*"), edi.index(b"IEA*")
    other = edi[start:end].replace(b"X222A1", b"X223A2").replace(b"0915*1*X", b"0915*2*X")
    other = other.replace(b"GE*1*1", b"GE*1*2")
    done = desk.split(edi[:start] + other + edi[start:].replace(b"IEA*1", b"IEA*2"))
    assert (done.split.ready.claims, done.split.held.claims, done.faulty) == ((1,), (2,), {2})
    assert done.split.left_out == ("1 transaction of another kind than 837P of version 5010",)
    assert read_plainly(done.ready or b"").wrong == read_plainly(done.held or b"").wrong == set()


def test_the_guide_agrees_with_both_files(tmp_path: Path) -> None:
    desk = Desk(tmp_path, guide=True)
    done = desk.split(family(second=51).replace(b"~\n", b"~\r\n"))
    assert (ids(done.ready), ids(done.held)) == (["C1", "C2"], ["C3"])
    for part in ("ready1.edi", "held1.edi"):
        with (
            desk.job() as job,
            closing(open_source(str(tmp_path / part))) as source,
            closing(scan(source, job)) as report,
        ):
            found = [finding.name for finding in report.findings() if finding.severity.holds]
        assert found == ([] if part == "ready1.edi" else ["clm-sum"])


def test_never_over_an_input(desk: Desk) -> None:
    path = desk.folder / "in.edi"
    path.write_bytes(family())
    with (
        desk.job() as job,
        closing(open_source(str(path))) as source,
        closing(scan(source, job)) as report,
        pytest.raises(SettingsInvalid, match="never written over"),
    ):
        split(source, report, job, path, desk.folder / "held.edi")
    assert [one.name for one in desk.folder.iterdir()] == ["in.edi"]


def test_claims_never_go_without_the_others_at_hand(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    name = Path.replace

    def fails(path: Path, target: Path) -> Path:
        if target.name == "ready1.edi":
            raise OSError(28, "No space left on device")
        return name(path, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OutputUnwritable, match=r"ready1\.edi was not written"):
        desk.split(family(first=51))
    assert sorted(one.name for one in desk.folder.iterdir()) == ["held1.edi", "in1.edi"]
