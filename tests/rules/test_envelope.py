"""What is said of a file as a whole: what it is, whether it is whole, and whether its envelope adds up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrub837.configure import built_in_settings
from scrub837.findings import Finding, Safety, Severity
from scrub837.reference.store import Reference, open_reference
from scrub837.results import FileReport
from scrub837.testing import TODAY, Built, build, judge

TWO_CLAIMS = "97530:GP x2 ; 97140:GP:59 x1 || patient=B | 97110:GP x1"
NAMES = ("SAMPLE", "AVERY", "SPECIMEN", "BLAKE", "1EG4TE5MK73", "1EG4TE5MK74", "19500315", "19480722")


@pytest.fixture(scope="module")
def reference() -> Reference:
    return open_reference(None)


def read(edi: bytes, reference: Reference, **options: object) -> tuple[str, list[Finding], FileReport]:
    """Status, findings and (closed) report of a file."""
    chosen = built_in_settings(today=TODAY, guide=False, **options)
    with closing(judge(Built(edi, None), settings=chosen, reference=reference)) as report:
        return report.status, list(report.findings()), report


def named(findings: Iterable[Finding], name: str) -> list[Finding]:
    return [finding for finding in findings if finding.name == name]


def envelope(findings: Iterable[Finding], *severities: Severity) -> list[tuple[str, str]]:
    return [(f.name, f.message) for f in findings if f.code.startswith("ENV") and f.severity in severities]


def corrected(edi: bytes, findings: Iterable[Finding]) -> bytes:
    """The bytes with every safe envelope fix made."""
    edits = [
        edit
        for finding in findings
        if finding.code.startswith("ENV") and finding.fix and finding.fix.safety == Safety.SAFE
        for edit in finding.fix.edits
    ]
    for edit in sorted(edits, key=lambda edit: -edit.start):
        assert edi[edit.start : edit.end] == edit.expect.encode("latin-1")
        edi = edi[: edit.start] + edit.new.encode("latin-1") + edi[edit.end :]
    return edi


def test_cut_at_every_byte(reference: Reference) -> None:
    edi = build(TWO_CLAIMS).edi
    whole = edi.rstrip().rstrip(b"~")
    claims = [match.start() for match in re.finditer(b"CLM[*]", edi)]
    for cut in range(len(edi) + 1):
        status, findings, report = read(edi[:cut], reference)
        if cut >= len(whole):
            assert status == "ready", cut
            continue
        assert status in ("incomplete", "refused"), cut
        hard = [finding for finding in findings if finding.severity == Severity.REJECT]
        assert [f.name for f in hard] in (["file-cut"], ["not-837p"]), (cut, [f.name for f in hard])
        assert status == "refused" or hard[0].name == "file-cut"
        assert report.counts.claims == sum(start + 3 <= cut for start in claims), cut
        inside = next((n for n, start in enumerate(claims, 1) if n == report.counts.claims), None)
        if hard[0].name == "file-cut" and cut <= edi.index(b"\nSE*"):
            assert hard[0].facts["claim_index"] == inside, cut
        assert not any(cut < len(edi) and (f.location.end or 0) > cut for f in findings), cut


FOREIGN = [
    (b"", "an empty file"),
    (b" \r\n\t\n\x1a", "blanks and line ends only"),
    (b"PK\x03\x04\x14\x00\x00\x00", "zip archive"),
    (b"PK\x03\x04\x14\x00\x00\x00batch.edi" + build("97110:GP x1").edi + b"PK\x01\x02", "zip archive"),
    (b"batch.edi".ljust(257, b"\0") + b"ustar\0".ljust(255, b"\0") + build("97110:GP x1").edi, "tar archive"),
    (b"\x28\xb5\x2f\xfd\x24", "zstandard"),
    (b"\xfd7zXZ\0", "xz archive"),
    (b"\x1f\x8b\x08\x00", "gzip"),
    (b"%PDF-1.7\n", "PDF"),
    (b'<?xml version="1.0"?><a/>', "XML"),
    (b"\n<!DOCTYPE html><html>", "HTML"),
    (b'{"claims": []}', "JSON"),
    (b"[1, 2]", "JSON"),
    (b"claim\tcode\nC1\t97530\n", "table .* of 2 columns"),
    ("ISA*00*".encode("utf-16"), "UTF-16"),
    ("ISA*00*".encode("utf-16-be"), "UTF-16"),
    ("ISA*00*          *".encode("cp500"), "EBCDIC"),
    (b"claim,line,code\nC1,1,97530\nC1,2,97140\n", "table .* of 3 columns"),
    (b"Dear colleague,\n\nplease find the claims attached.\n", "plain text"),
    (bytes(range(256)), "binary"),
    (b"MSH|^~\\&|PRACTICE|", "HL7"),
    (b"UNB+UNOA:1+A+B+261109:0915+1'", "EDIFACT"),
    (b"ISA*00*          *00*    ", "ISA cannot be read"),
    (b"isa*00*          *00*", "small letters"),
    (b"ST*837*0001*005010X222A1~BHT*0019~", "without ISA.* 837P"),
    (b"GS*HC*A*B*20261109*0915*1*X*005010X223A2~ST*837*0001*005010X223A2~", "without ISA.* 837I"),
    (b"ST*835*0001~BPR*I*5*C*NON~", "without ISA.* 835"),
    (b"ST|275|0001|006020X314\nBGN|02|", "without ISA.* 275"),
]


@pytest.mark.parametrize(("edi", "what"), FOREIGN, ids=[what for _, what in FOREIGN])
def test_foreign_file_is_named(edi: bytes, what: str, reference: Reference) -> None:
    status, findings, _ = read(edi, reference)
    assert status == "refused"
    (finding,) = findings
    assert finding.name == "not-837p"
    assert finding.severity == Severity.REJECT
    assert re.search(what, finding.message)
    assert finding.action


@pytest.mark.parametrize(("end", "missing"), [("GS*", "IEA is missing"), ("ST*", "GE, IEA are missing")])
def test_cut_before_its_first_transaction_is_not_refused(
    end: str, missing: str, reference: Reference
) -> None:
    """What is still uploaded may yet become a batch of claims."""
    edi = build("97110:GP x1").edi
    status, (finding,), _ = read(edi[: edi.index(f"\n{end}".encode())], reference)
    assert (status, finding.name) == ("incomplete", "file-cut")
    assert missing in finding.message


@pytest.mark.parametrize(
    ("st01", "version", "what"),
    [
        ("837", "005010X223A2", "837I"),
        ("837", "005010X224A2", "837D"),
        ("837", "004010X098A1", "4010"),
        ("837", "005010X291", "predetermination"),
        ("837", "005010X298", "reporting"),
        ("835", "005010X221A1", "835"),
        ("999", "005010X231A1", "999"),
        ("997", "005010X230", "997"),
        ("277", "005010X214", "277CA"),
        ("277", "005010X212", "277 claim status"),
        ("276", "005010X212", "276 claim status request"),
        ("271", "005010X279A1", "271 eligibility response"),
        ("850", "005010", "850"),
    ],
)
def test_other_transactions_are_named(st01: str, version: str, what: str, reference: Reference) -> None:
    own = build("97110:GP x1").edi
    edi = own.replace(b"ST*837*", f"ST*{st01}*".encode()).replace(b"005010X222A1", version.encode())
    status, findings, _ = read(edi, reference)
    assert status == "refused"
    assert [finding.name for finding in findings] == ["not-837p"]
    assert what in findings[0].message
    status, findings, report = read(own + edi, reference)
    assert status == "held"  # the second interchange carries the control number of the first, and no claims
    (other,) = named(findings, "other-transactions")
    assert what in other.message
    assert report.counts.claims == 1


def test_an_acknowledgment_alone_is_named(reference: Reference) -> None:
    isa = build("97110:GP x1").edi.partition(b"\n")[0]
    status, findings, _ = read(isa + b"\nTA1*000000077*261108*1200*A*000~\nIEA*0*000000001~\n", reference)
    assert status == "refused"
    assert "TA1 interchange acknowledgment" in findings[0].message


def test_counts_and_numbers_tell_where_they_stand(reference: Reference) -> None:
    edi = build(TWO_CLAIMS).edi
    count = edi[edi.index(b"\nSE*") :].split(b"*")[1]
    assert int(count) == len(edi.splitlines()) - 4  # all but ISA, GS, GE and IEA
    bad = edi.replace(b"SE*" + count + b"*0001", b"SE*99*0002").replace(b"GE*1*1", b"GE*7*8")
    bad = bad.replace(b"IEA*1*000000001", b"IEA*4*000000009")
    status, findings, _ = read(bad, reference)
    assert status == "held"
    told = {}
    for finding in findings:
        place = finding.location
        if finding.name in ("envelope-count", "control-mismatch"):
            told[place.element] = bad[place.start : place.end], finding.facts
    assert told == {
        "SE01": (b"99", {"declared": 99, "actual": int(count)}),
        "SE02": (b"0002", {"ST02": "0001", "SE02": "0002"}),
        "GE01": (b"7", {"declared": 7, "actual": 1}),
        "GE02": (b"8", {"GS06": "1", "GE02": "8"}),
        "IEA01": (b"4", {"declared": 4, "actual": 1}),
        "IEA02": (b"000000009", {"ISA13": "000000001", "IEA02": "000000009"}),
    }
    fixed = corrected(bad, findings)
    assert b"SE*" + count + b"*0002~" in fixed
    assert b"GE*1*8~" in fixed
    assert b"IEA*1*000000009~" in fixed


def test_safe_fixes_leave_nothing_to_reject(reference: Reference) -> None:
    edi = build(TWO_CLAIMS).edi
    bad = edi.replace(b"EXAMPLESENDER  *ZZ", b"EXAMPLESENDER*ZZ", 1)  # two blanks short
    bad = bad.replace(b"*P*:~", b"*P*:  ~")
    bad = bad.replace(b"HL*1**20*1", b"HL*1**20*0")  # denies its subscribers
    bad = bad.replace(b"HL*3*1*22", b"HL*7*1*22").replace(b"HL*2*1*22", b"HL*2*1*22")
    bad = bad.replace(b"LX*2~", b"LX*9~")
    bad = bad.replace(b"GE*1*", b"GE*2*")
    bad = bad.replace(b"HI*ABK:M542~", b"HI*ABK:M542~~", 1)
    status, findings, _ = read(bad, reference)
    assert status == "held"
    assert {name for name, _ in envelope(findings, Severity.REJECT)} == {
        "isa-width",
        "separator-clash",
        "hl-levels",
        "lx-order",
        "envelope-count",
        "segment-unknown",
    }
    assert corrected(bad, findings) == edi
    assert read(edi, reference)[0] == "ready"


def test_renumbering_stops_where_order_and_numbers_disagree(reference: Reference) -> None:
    edi = build("97110:GP x1").edi.replace(b"HL*2*1*22*0", b"HL*2*1*22*1~\nHL*4*1*23*0")
    _, findings, _ = read(
        edi, reference
    )  # the dependent is HL 3, and names the billing provider as its parent
    levels = named(findings, "hl-levels")
    assert [(f.location.element, f.facts["found"], f.facts["expected"]) for f in levels] == [
        ("HL01", "4", "3"),
        ("HL02", "1", "2"),
    ]
    assert {finding.location.loop for finding in levels} == {"2000C"}
    assert all(finding.fix and finding.fix.safety == Safety.MANUAL for finding in levels)
    assert corrected(edi, findings).count(b"HL*4*1*23*0") == 1


def test_many_wrong_levels_are_counted(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrub837.claims.levels.KEPT", 20)
    monkeypatch.setattr("scrub837.rules._envelope.KEPT", 20)
    edi = build(" || ".join(["97110:GP x1"] * 30)).edi
    bad = re.sub(rb"HL\*(\d+)\*1\*22", lambda m: b"HL*%d*1*22" % (int(m[1]) + 100), edi)
    status, findings, report = read(bad, reference)
    levels = named(findings, "hl-levels")
    assert (status, report.counts.claims, len(levels)) == ("held", 30, 21)
    more = next(finding for finding in levels if "more" in finding.facts)
    assert dict(more.facts) == {"more": 10, "total": 30}
    assert not any(finding.fix and finding.fix.edits for finding in levels)  # half a renumbering is none


@pytest.mark.parametrize(
    ("usage", "expected", "severity"),
    [
        (b"P", None, None),
        (b"T", None, Severity.INFO),
        (b"T", "T", Severity.INFO),
        (b"T", "P", Severity.REJECT),
        (b"P", "T", Severity.REJECT),
        (b" ", None, Severity.REJECT),
    ],
)
def test_usage(usage: bytes, expected: str | None, severity: Severity | None, reference: Reference) -> None:
    edi = build("97110:GP x1").edi.replace(b"*0*P*:", b"*0*" + usage + b"*:")
    _, findings, _ = read(edi, reference, expect_usage=expected)
    assert [finding.severity for finding in named(findings, "usage-indicator")] == (
        [severity] if severity else []
    )


def test_wrapped_at_eighty_columns(reference: Reference) -> None:
    edi = build(TWO_CLAIMS).edi.replace(b"\n", b"")
    wrapped = b"\r\n".join(edi[n : n + 80] for n in range(0, len(edi), 80))
    with closing(judge(Built(edi, None), reference=reference)) as report:
        straight = [*report.claim_json()]
    with closing(judge(Built(wrapped, None), reference=reference)) as report:
        found, claims = [*report.findings()], [*report.claim_json()]
        assert report.status == "held"
    assert claims == straight
    assert {name for name, _ in envelope(found, Severity.REJECT)} == {"isa-width", "wrapped-segment"}


def test_an_element_too_few_in_the_isa_is_told_once(reference: Reference) -> None:
    edi = build("97110:GP x1").edi
    for broken in (edi.replace(b"*0*P*:", b"*P*:"), edi.replace(b"*ZZ*EXAMPLEREC", b"*EXAMPLEREC", 1)):
        assert broken != edi
        status, findings, report = read(broken, reference)
        assert (status, report.counts.claims) == ("held", 1)
        assert envelope(findings, *Severity) == [("isa-width", "The ISA has 15 elements instead of 16.")]


@pytest.mark.parametrize("line_end", ["\n", " \n"])
def test_a_fix_reads_what_stands_in_the_file(line_end: str, reference: Reference) -> None:
    edits = (("HL*2*1*22*0", "HL*2*1*22*\n1"), ("LX*1", "LX* 7 "), ("LX*2", "LX* "))
    edi = build("97110:GP x1 ; 97140:GP x1", edits).edi.replace(b"~\n", b"~" + line_end.encode())
    _, findings, _ = read(edi, reference)
    (level,) = named(findings, "hl-levels")
    assert level.fix is not None
    assert (level.fix.safety, level.fix.edits) == (Safety.MANUAL, ())  # a line end stands inside it
    assert len(named(findings, "lx-order")) == 2
    assert named(read(corrected(edi, findings), reference)[1], "lx-order") == []


def test_an_interchange_that_cannot_be_read_is_not_passed_over(reference: Reference) -> None:
    edi = build("97110:GP x1").edi
    status, findings, report = read(
        edi + b"ISA*00*broken~\n" + edi.replace(b"000000001", b"000000002"), reference
    )
    assert (status, report.counts.claims, report.counts.interchanges) == ("held", 2, 2)
    (stray,) = named(findings, "stray-bytes")
    assert stray.location.start == len(edi)
    assert stray.facts["kind"] == "between"


UGLY = {
    "accent in the patient's name": (("NM1*IL*1*SAMPLE", "NM1*IL*1*S\xc4MPLE"),),
    "terminator in the patient's name": (("NM1*IL*1*SAMPLE*AVERY", "NM1*IL*1*~SAMPLE*AVERY"),),
    "separators of a patient segment lost": (("DMG*D8*19500315*F", "DMGD819500315F"),),
    "member id on a line of its own": (("MI*1EG4TE5MK73", "MI~1EG4TE5MK73"),),
    "patient outside any transaction": (("GE*1*1~", "NM1*IL*1*SAMPLE*AVERY~GE*1*1~"),),
    "patient before the ISA": (("ISA*", "SAMPLE AVERY 1EG4TE5MK73 ISA*"),),
    "line end in the name": (("NM1*IL*1*SAMPLE", "NM1*IL*1*SAM\nPLE"),),
}


@pytest.mark.parametrize("edits", UGLY.values(), ids=UGLY.keys())
def test_envelope_findings_name_no_patient(edits: tuple[tuple[str, str], ...], reference: Reference) -> None:
    _, findings, report = read(build(TWO_CLAIMS, edits).edi, reference)
    told = [finding for finding in findings if finding.code.startswith("ENV")]
    assert told
    assert report.counts.claims == 2
    text = " ".join(f"{f.message} {f.why} {f.action} {f.facts}" for f in told)
    assert not [name for name in NAMES if name in text]


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_broken_bytes_are_never_an_exception(reference: Reference, data: st.DataObject) -> None:
    edi = bytearray(build(TWO_CLAIMS).edi * data.draw(st.integers(1, 2)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(0, len(edi) - 1)))
        kind = data.draw(st.sampled_from(("put", "insert", "delete", "double", "swap")))
        if kind == "put":
            edi[at : at + 1] = bytes(
                [data.draw(st.one_of(st.integers(0, 255), st.sampled_from(b"*~:^\r\n ISAGESTCLMHLX")))]
            )
        elif kind == "insert":
            edi[at:at] = data.draw(st.binary(max_size=3))
        elif kind == "delete":
            del edi[at : at + data.draw(st.integers(1, 40))]
        elif kind == "double":
            edi[at:at] = edi[at : at + data.draw(st.integers(1, 200))]
        else:
            edi = edi[at:] + edi[:at]
    status, findings, report = read(bytes(edi), reference)
    assert status in ("ready", "held", "incomplete", "refused")
    assert status == "ready" or any(f.severity in (Severity.REJECT, Severity.DENY) for f in findings)
    for finding in findings:
        start, end = finding.location.start, finding.location.end
        assert start is None or (end is not None and 0 <= start <= end <= len(edi))
    assert report.bytes == len(edi)
    assert len(report.claim_charges) == report.counts.claims


def test_a_header_of_whatever_segments_is_never_an_exception(reference: Reference) -> None:
    edi = build("97110:GP x1", (("PER*IC*", "x~ISA02GE* 1 ~PER*IC* "),)).edi
    status, findings, report = read(edi, reference)
    assert (status, report.counts.claims) == ("held", 1)
    (blank,) = named(findings, "header-blanks")
    assert (blank.location.element, blank.fix is not None and blank.fix.before) == ("PER02", " DANA QUILL")
