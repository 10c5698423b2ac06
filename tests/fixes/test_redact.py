"""A redacted copy reads as the original: same places, same findings; and nothing of a patient is left."""

from __future__ import annotations

import csv
import dataclasses
import importlib
import io
import re
import sys
import tempfile
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrub837.claims.documentation import open_documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.fixes.invented import Invented
from scrub837.fixes.redact import redact
from scrub837.reference.store import open_reference
from scrub837.results import FileReport
from scrub837.rules import all_rules
from scrub837.testing import TODAY, Built, build, judge
from scrub837.waivers import EVERY
from scrub837.x12.outline import read_outline
from scrub837.x12.source import Source, open_source

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "bench"))
generate = importlib.import_module("generate")
FILES = sorted((ROOT / "fixtures").rglob("before.edi"))
KEY = b"a key for tests"
GUIDED = ("ENV", "IG0")  # families of rules where the guide has most to say
Told = list[tuple[str, str, int | None, int | None, str | None, int | None]]


def redacted(edi: bytes, key: bytes = KEY) -> bytes:
    out = io.BytesIO()
    with tempfile.TemporaryFile() as file:
        file.write(edi)
        file.flush()
        source = Source("sent.edi", file)
        redact(source, read_outline(source), key, out)
    return out.getvalue()


def told(report: FileReport) -> Told:
    with closing(report):
        return [
            (f.code, f.severity.value, f.location.start, f.location.end, f.location.element, f.location.line)
            for f in report.findings()
        ]


def told_of_file(edi: bytes, folder: Path) -> Told:
    path = folder / "sent.edi"
    path.write_bytes(edi)
    job = Job(built_in_settings(today=TODAY, jobs=1), open_reference(None), open_documentation([]))
    with closing(open_source(str(path))) as source:
        return told(scan(source, job))


def redacted_log(log: str | None) -> str | None:
    """The same claims and lines in the treatment-time log."""
    if log is None:
        return None
    invented, text = Invented(KEY), io.StringIO(newline="")
    rows = list(csv.DictReader(io.StringIO(log, newline="")))
    table = csv.DictWriter(text, rows[0])
    table.writeheader()
    for row in rows:
        line = row["line_ref"]
        changed = {"claim_id": invented.value(row["claim_id"])}
        table.writerow(row | changed | {"line_ref": line if line[:3] == "LX:" else invented.value(line)})
    return text.getvalue()


def redacted_as_built(built: Built) -> Built:
    """With its log, its waivers and the files sent before it, all by one key."""
    earlier = tuple(map(redacted_as_built, built.earlier))
    claims = Invented(KEY)
    waivers = tuple(
        one if one.claim in (None, EVERY) else dataclasses.replace(one, claim=claims.value(str(one.claim)))
        for one in built.waivers
    )
    log = redacted_log(built.log)
    return dataclasses.replace(built, edi=redacted(built.edi), log=log, waivers=waivers, earlier=earlier)


@pytest.mark.parametrize("family", sorted({rule.code[:3] for rule in all_rules()}))
def test_examples_of_all_rules_keep_their_findings(family: str) -> None:
    for rule in all_rules():
        for example in rule.examples if rule.code.startswith(family) else ():
            built = build(example.claim, example.edits)
            copy = redacted_as_built(built)
            before, after = (
                told(judge(one, profile=example.profile, guide=family in GUIDED)) for one in (built, copy)
            )
            assert after == before, (rule.code, example)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_fixtures_keep_their_findings(path: Path, tmp_path: Path) -> None:
    edi = path.read_bytes()
    assert told_of_file(redacted(edi), tmp_path) == told_of_file(edi, tmp_path)


@pytest.mark.parametrize("seed", [1, 2])
def test_generated_batches_keep_their_findings_and_lose_their_patients(seed: int, tmp_path: Path) -> None:
    text = io.StringIO(newline="")
    generate.write_batch(text, None, claims=150, seed=seed, faults=0.4, claims_per_st=60)
    edi = text.getvalue().encode()
    copy = redacted(edi)
    assert len(copy) == len(edi)
    assert told_of_file(copy, tmp_path) == told_of_file(edi, tmp_path)
    before, after = (one.decode().replace("\n", "").split("~") for one in (edi, copy))
    changed = Counter(a[:3] for a, b in zip(before, after, strict=True) if a != b)
    assert set(changed) == {"NM1", "N3*", "N4*", "DMG", "CLM", "REF", "SBR"}
    of_patients = [
        (a.split("*"), b.split("*"))
        for a, b in zip(before, after, strict=True)
        if a[:6] in ("NM1*IL", "NM1*QC")
    ]
    assert len(of_patients) > 140
    for old, new in of_patients:
        assert not {*old[3:5], *old[9:10]} & {*new[3:5], *new[9:10]} - {""}
    members = {old[9]: new[9] for old, new in of_patients if len(old) > 9}
    assert len(set(members.values())) == len(members), "different patients stay different"
    assert all(new[9:10] == [members[old[9]]] for old, new in of_patients if len(old) > 9)


PATIENT = (
    ("SAMPLE*AVERY****MI*1EG4TE5MK73", "O'Quillfeather-Zane*Marybelle*B***MI*0071QX93*01*QC*Zane"),
    ("12 PLACEHOLDER AVE", "4711 Nowherelane Apt 9"),
    ("SPRINGFIELD*IL*627040002~\nDMG", "Ghosttown*IL*000470815~\nDMG"),
    ("DMG*D8", "REF*SY*078051120~\nPER*IC*Bo Quirk*TE*5555550177~\nDMG*D8"),
    ("HI*ABK", "REF*EA*MRN-88123~\nK3*born Quillfeather~\nNTE*ADD*Marybelle fell in Ghosttown~\nHI*ABK"),
)
GONE = (
    "Quill", "Zane", "Marybelle", "71QX93", "4711", "Nowhere", "Ghost", "470815", "78051120", "Quirk", "0177",
    "88123", "born", "fell", "19500315",
)  # fmt: skip


def test_nothing_of_a_patient_is_left_and_nothing_else_is_touched(tmp_path: Path) -> None:
    edi = build("id=ACCT-55512 | 97110:GP x1", PATIENT).edi
    edi = edi.replace(b"SV1*HC:97110:GP*", b"SV1*HC:97110:GP::::Marybelle walks*")
    copy = redacted(edi).decode()
    assert [word for word in (*GONE, "walks", "55512") if word in copy] == []
    for kept in ("*IL*", "B:1*Y*A", "EXAMPLE THERAPY GROUP", "DANA QUILL", "100 SAMPLE ST"):
        assert kept in copy
    shape = [re.sub(r"[A-Za-z]", "a", re.sub(r"\d", "0", one)) for one in (edi.decode(), copy)]
    assert shape[0] == shape[1], "letters stay letters, digits digits, all else what it was"
    assert told_of_file(copy.encode(), tmp_path) == told_of_file(edi, tmp_path)


def test_oddities_survive(tmp_path: Path) -> None:
    edits = (
        ("*SAMPLE*AVERY", "* sample \r\nX*nan"),  # blanks, a line end inside, a word for nothing
        ("19500315", "19500230"),
        ("MI*1EG4TE5MK73", "MI*\xc9\xa91"),
        ("HI*ABK", "ZZZ*Quillfeather~\nHI*ABK"),
        ("IEA*", "ZZ*ISA*Quillfeather~\nIEA*"),
    )
    edi = build("97110:GP x1 || 97110:GP x1", edits).edi + b"Quillfeather ISA not one"
    copy = redacted(edi)
    assert b"Quill" not in copy
    assert b"*nan*" in copy
    assert re.search(rb"\*D8\*19(?!50)\d\d0230\*", copy)
    assert told_of_file(copy, tmp_path) == told_of_file(edi, tmp_path)


def test_what_is_no_837p_loses_all_its_words() -> None:
    other = build("97110:GP x1").edi.replace(b"005010X222A1", b"005010X223A2")
    whole = build("97110:GP x1").edi
    copy = redacted(whole + other)[len(whole) :]
    for word in (b"SAMPLE", b"AVERY", b"1EG4TE5MK73", b"19500315", b"QUILL"):
        assert word not in copy
    assert [one[:2] for one in copy.split(b"\n")] == [one[:2] for one in other.split(b"\n")]


def test_times_in_notes_stay() -> None:
    notes = Invented(KEY).note("SAW AVERY 0900-0915, 15 MIN AREA: LEFT KNEE RSN AVERY FELL")
    assert re.fullmatch(r"[A-Z]{3} [A-Z]{5} 0900-0915, 15 MIN AREA: LEFT KNEE RSN [A-Z]{5} [A-Z]{4}", notes)
    assert "AVERY" not in notes
    assert "SAW" not in notes


WORDS = st.text(st.sampled_from("ABCXYZabcxyz0123456789 -'.\xc9"), max_size=12)


@given(st.lists(WORDS, unique_by=lambda word: word.upper(), max_size=30))
def test_values_stay_apart_and_alike(words: list[str]) -> None:
    invented = Invented(KEY)
    new = [invented.value(word) for word in words]
    assert len({word.upper() for word in new}) == len(words)
    assert [len(word) for word in new] == [len(word) for word in words]
    for old, other in zip(words, new, strict=True):
        assert invented.value(old.upper()) == other.upper()
        assert invented.value(f"  {old}").strip() == other.strip()
        same = [a for a, b in zip(old, other, strict=True) if a == b and a.isalnum() and a.isascii()]
        assert set(same) <= {"0"} or old.strip().lower() in ("nan", "none", "null")


DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))


@settings(max_examples=60)
@given(
    st.lists(DAYS, max_size=6),
    st.lists(st.dates(date(1930, 1, 1), date(2027, 12, 31)), unique=True, max_size=40),
)
def test_birth_dates_keep_their_side_of_every_service(days: list[date], births: list[date]) -> None:
    invented = Invented(KEY, days)
    moved = [invented.day(f"{born:%Y%m%d}") for born in births]
    assert len(set(moved)) == len(births)
    for born, text in zip(births, moved, strict=True):
        new = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        assert new.year == born.year
        assert [(day < born, day == born) for day in days] == [(day < new, day == new) for day in days]
        if days and born.year < min(days).year - 2:
            assert new != born


def test_another_key_invents_other_values() -> None:
    edi = build("97110:GP x1").edi
    assert redacted(edi, b"one") != redacted(edi, b"two")
    assert redacted(edi, b"one") == redacted(edi, b"one")
