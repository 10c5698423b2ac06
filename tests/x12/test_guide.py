"""The guide judge against pyx12 itself: same errors at the same segments, whatever is wrong with the file."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyx12.map_walker import walk_tree

from scrub837.x12 import guide, pyx12_walk
from scrub837.x12.guide import GuideError, Note, judge, judge_envelope
from scrub837.x12.guide_plain import in_plain_words

Segments = list[str]
ISA = (
    "ISA*00*          *00*          *ZZ*CLINIC         *ZZ*TESTPAYER      "
    "*260105*0900*^*00501*000000001*0*T*:"
)
GS = "GS*HC*CLINIC*TESTPAYER*20260105*0900*1*X*005010X222A1"
PRE = """ST*837*{control}*005010X222A1
BHT*0019*00*B{control}*20260105*0900*CH
NM1*41*2*EXAMPLE THERAPY CLINIC*****46*CLINIC
PER*IC*PAT SAMPLE*TE*5555550100
NM1*40*2*TEST PAYER*****46*TESTPAYER
HL*1**20*1
PRV*BI*PXC*225100000X
NM1*85*2*EXAMPLE THERAPY CLINIC*****XX*1234567893
N3*1 INVENTED WAY
N4*SPRINGFIELD*IL*627010001
REF*EI*000000001"""
CLAIM = """HL*{hl}*1*22*0
SBR*P*18*******MB
NM1*IL*1*TESTPERSON{n}*IMAGINARY****MI*TST{n:06d}A
N3*{n} NOWHERE STREET
N4*SPRINGFIELD*IL*627010001
DMG*D8*195001{day:02d}*F
NM1*PR*2*TEST PAYER*****PI*00831
CLM*T{n:05d}*210.5***11:B:1*Y*A*Y*Y
DTP*431*D8*20251201
REF*G1*AUTH{n}
HI*ABK:M5450*ABF:M6281
NM1*82*1*THERAPIST*INVENTED****XX*1234567893
PRV*PE*PXC*225100000X
LX*1
SV1*HC:97110:GP*90*UN*2***1:2
DTP*472*D8*202601{day:02d}
REF*6R*{n}A
LX*2
SV1*HC:97140:GP:59*70.5*UN*1***1
DTP*472*RD8*202601{day:02d}-202601{day:02d}
LX*3
SV1*HC:97530:GP:KX*50*UN*1***2
DTP*472*D8*202601{day:02d}
REF*6R*{n}C"""


def transaction(control: str, claims: int, first: int = 1) -> Segments:
    """A valid therapy 837P of invented people, ST to SE."""
    body = PRE.format(control=control).split("\n")
    for n in range(claims):
        body += CLAIM.format(hl=n + 2, n=first + n, day=5 + n % 20).split("\n")
    return [*body, f"SE*{len(body) + 1}*{control}"]


def interchange(*transactions: Segments) -> Segments:
    body = [segment for one in transactions for segment in one]
    return [ISA, GS, *body, f"GE*{len(transactions)}*1", "IEA*1*000000001"]


def split(segments: Segments, element: str = "*") -> list[list[str]]:
    return [segment.split(element) for segment in segments]


def judged(segments: Segments, element: str = "*", component: str = ":") -> Iterator[tuple[int, GuideError]]:
    """Errors of the envelope (0) and of each transaction (1, 2, ...) of one interchange."""
    envelope: list[list[str]] = []
    bodies: list[tuple[list[str], list[list[str]]]] = []
    isa, gs, inside = [""], [""], False
    for parts in split(segments, element):
        tag = parts[0].strip()
        if tag == "ST":
            bodies.append((gs, []))
            inside = True
        elif tag in ("GE", "IEA", "GS", "ISA"):
            inside = False
        isa = parts if tag == "ISA" else isa
        gs = parts if tag == "GS" else gs
        if inside:
            bodies[-1][1].append(parts)
        if not inside or tag in ("ST", "SE"):
            envelope.append(parts)
        inside = inside and tag != "SE"
    for error in judge_envelope(envelope, component=component).errors:
        yield 0, error
    for n, (own, body) in enumerate(bodies, 1):
        for error in judge(isa, own, body, component=component).errors:
            yield n, error


def of_judge(segments: Segments, element: str = "*", component: str = ":") -> Counter[tuple[Any, ...]]:
    """Errors as pyx12 files them: those of a whole composite or several elements are code 8."""
    found: Counter[tuple[Any, ...]] = Counter()
    for n, error in judged(segments, element, component):
        if error.level in ("interchange", "group", "transaction"):
            found[error.level, error.code] += 1
            continue
        lost = error.level == "element" and error.message.startswith(
            ("Mandatory composite", "Composite", "Too many", "Syntax")
        )
        code, at = ("8", (None, None)) if lost else (error.code, (error.element, error.component))
        found[n and error.ordinal, error.segment_id, *at, code] += 1
    return found


def of_pyx12(answer: dict[str, Any]) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for error in answer["errors"]:
        if error["text"] == "Segment contains a leading space":
            continue  # cleaned for pyx12, and told as a note
        if error["level"] in ("interchange", "group", "transaction"):
            found[error["level"], error["code"]] += 1
        else:
            tag = error["segment"]
            name = tag if guide._SEGMENT_ID.fullmatch(tag or "") else "?"
            found[error["ordinal"] or 0, name, error["element"], error["component"], error["code"]] += 1
    return found


def ask_pyx12(texts: list[str]) -> list[dict[str, Any]]:
    script = Path(__file__).with_name("unpatched_pyx12.py")
    run = subprocess.run(
        [sys.executable, script], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    answers: list[dict[str, Any]] = json.loads(run.stdout)
    return answers


def _drop(rng: random.Random, segments: Segments) -> None:
    del segments[_somewhere(rng, segments)]


def _double(rng: random.Random, segments: Segments) -> None:
    at = _somewhere(rng, segments)
    segments.insert(at, segments[at])


def _swap(rng: random.Random, segments: Segments) -> None:
    a, b = _somewhere(rng, segments), _somewhere(rng, segments)
    segments[a], segments[b] = segments[b], segments[a]


def _element(rng: random.Random, segments: Segments, new: Callable[[str], str]) -> None:
    at = _somewhere(rng, segments)
    parts = segments[at].split("*")
    where = rng.randrange(1, len(parts))
    parts[where] = new(parts[where])
    segments[at] = "*".join(parts)


def _extra(rng: random.Random, segments: Segments) -> None:
    segments[_somewhere(rng, segments)] += "*" * rng.randrange(1, 12) + rng.choice(["", "X"])


def _insert(rng: random.Random, segments: Segments) -> None:
    lines = (
        "ZZZ*1",
        "nm1*85",
        "REF",
        "HL*9*7*22*0",
        "LX*9",
        " N3*LOOSE",
        "NM1*QC*1*LOST",
        "CLM*T*1",
        "*A*B",
        "TOOLONG*1",
    )
    segments.insert(_somewhere(rng, segments), rng.choice(lines))


def _somewhere(rng: random.Random, segments: Segments) -> int:
    """Any segment of the first body: pyx12's count of LX outlives a transaction and shows in the next."""
    return rng.randrange(3, next(n for n, text in enumerate(segments) if text.startswith("SE*")))


FAULTS: dict[str, Callable[[random.Random, Segments], None]] = {
    "segment dropped": _drop,
    "segment twice": _double,
    "segments swapped": _swap,
    "element blank": lambda rng, segments: _element(rng, segments, lambda _: ""),
    "element overlong": lambda rng, segments: _element(rng, segments, lambda text: text + "X" * 90),
    "element of several": lambda rng, segments: _element(rng, segments, lambda text: text + ":1:2"),
    "element no code": lambda rng, segments: _element(rng, segments, lambda _: "Q?"),
    "element with blanks": lambda rng, segments: _element(rng, segments, lambda text: text + " "),
    "element with control": lambda rng, segments: _element(rng, segments, lambda text: text + "\t"),
    "element no date": lambda rng, segments: _element(rng, segments, lambda _: "20261301"),
    "elements too many": _extra,
    "segment out of place": _insert,
}


def faulty(name: str, seed: int) -> Segments:
    """Two transactions, the first of them with one or two faults of a kind."""
    rng = random.Random(f"{name} {seed}")  # noqa: S311 - faults are to be the same each time
    segments = interchange(transaction("0001", 3), transaction("0002", 2, 4))
    for _ in range(rng.randrange(1, 3)):
        FAULTS[name](rng, segments)
    return segments


CASES = [(name, seed) for name in FAULTS for seed in range(4)]


def by_hand() -> dict[str, Segments]:
    """What is wrong with envelopes, and what pyx12 may not be lost at."""
    good = interchange(transaction("0001", 1), transaction("0002", 1, 2))
    return {
        "good": good,
        "GE counts": [text.replace("GE*2*1", "GE*3*9") for text in good],
        "IEA counts": [text.replace("IEA*1*000000001", "IEA*4*000000009") for text in good],
        "SE counts": [text.replace("SE*35*0001", "SE*30*0009") for text in good],
        "ST twice": interchange(transaction("0001", 1), transaction("0001", 1, 2)),
        "ISA and GS": [text.replace("*T*:", "*Q*:").replace("*X*005010", "*Y*005010") for text in good],
        "no GE": [text for text in good if not text.startswith("GE")],
        "two faults in one element": [text.replace("NM1*85*2", "NM1*85*99Q ") for text in good],
    }


def test_says_what_pyx12_says() -> None:
    files = {**by_hand(), **{f"{name} {seed}": faulty(name, seed) for name, seed in CASES}}
    answers = ask_pyx12(["~\n".join(segments) + "~\n" for segments in files.values()])
    differing = {}
    faults = 0
    for (name, segments), answer in zip(files.items(), answers, strict=True):
        ours, theirs = of_judge(segments), of_pyx12(answer)
        if answer["crash"]:  # at a composite with too many components: there, what it said until then
            assert answer["crash"] == "IndexError"
            theirs = ours & theirs
            assert any(key[-1] == "8" for key in (ours - theirs))
        elif ours != theirs:
            differing[name] = (ours - theirs, theirs - ours)
        faults += theirs.total()
    assert differing == {}
    assert faults > len(CASES)  # the faults put in were seen at all


def test_short_cuts_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [*by_hand().values(), *(faulty(name, seed) for name in FAULTS for seed in range(10, 12))]
    guide.warm()
    for _ in range(2):  # what the first round taught is used in the second
        quick = [list(judged(segments)) for segments in files]
    pyx12_walk.load_guide.cache_clear()
    monkeypatch.setattr(pyx12_walk, "short_cuts_hold", lambda: False)
    slow = [list(judged(segments)) for segments in files]
    pyx12_walk.load_guide.cache_clear()
    assert slow == quick


def one(segments: Segments, **more: Any) -> guide.Judgement:
    return judge(split([ISA])[0], split([GS])[0], split(segments), **more)


def changed(old: str, new: str) -> Segments:
    body = transaction("0001", 1)
    assert sum(text.startswith(old) for text in body) == 1
    return [new + text[len(old) :] if text.startswith(old) else text for text in body]


def test_names_the_place_of_an_error() -> None:
    assert one(transaction("0001", 2)) == guide.Judgement((), ())
    (error,) = one(changed("NM1*IL*1*TESTPERSON1", "NM1*IL*1*")).errors
    assert (error.level, error.segment_id, error.ordinal, error.element, error.component) == (
        "element",
        "NM1",
        14,
        3,
        None,
    )
    assert (error.loop, error.code, error.value) == ("2010BA", "1", None)
    (error,) = one(changed("SV1*HC:97110:GP*", "SV1*HC:97110:GPX*")).errors
    assert (error.ordinal, error.element, error.component, error.loop) == (26, 1, 3, "2400")
    assert (error.code, error.value) == ("5", "GPX")
    assert "GPX" not in error.message


def test_a_composite_missing_keeps_its_element_code() -> None:
    (error,) = one(changed("CLM*T00001*210.5***11:B:1", "CLM*T00001*210.5***")).errors
    assert (error.level, error.code, error.element, error.ordinal) == ("element", "1", 5, 19)


def test_survives_what_pyx12_trips_over() -> None:
    (error,) = one(changed("HI*ABK:M5450*", "HI*ABK:M5450:1:2:3:4:5:6:7:8:9:10:11*")).errors[:1]
    assert (error.code, error.segment_id, error.element, error.level) == ("3", "HI", 1, "element")
    body = changed("DTP*431*D8*20251201", "DTP*431*RD8*20251201-20251202-20251203")
    assert [(error.code, error.element) for error in one(body).errors] == [("7", 2), ("8", 3)]


def test_cleans_and_says_so() -> None:
    body = transaction("0001", 1)
    body[2] = "\r\n  " + body[2].replace("EXAMPLE", "EX\xc4MPL\xc9")
    body[5:5] = ["", "\n", "   "]
    judgement = one(body)
    assert judgement.errors == ()
    assert {(note.kind, note.count) for note in judgement.notes} == {
        ("blank", 3),
        ("indented", 1),
        ("non-ascii", 2),
    }
    assert "2 non-ASCII bytes were judged as '?'" in [note.text for note in judgement.notes]


@pytest.mark.parametrize("version", ["005010X222", "005010X222A2"])
def test_versions_without_a_map_are_judged_by_the_first_addendum(version: str) -> None:
    gs = GS.replace("005010X222A1", version)
    body = [text.replace("005010X222A1", version) for text in transaction("0001", 1)]
    note = Note("version", 1, "judged by the 005010X222A1 guide")
    assert judge(split([ISA])[0], split([gs])[0], split(body)) == guide.Judgement((), (note,))
    ends = [ISA, gs, body[0], body[-1], "GE*1*1", "IEA*1*000000001"]
    assert judge_envelope(split(ends)) == guide.Judgement((), (note,))


def test_data_may_hold_the_usual_separators() -> None:
    body = [text.replace("*", "|").replace(":", ">") for text in transaction("0001", 1)]
    body = [text.replace("1 INVENTED WAY", "1*2:3~ INVENTED WAY") for text in body]
    isa = [*ISA.split("*")[:-1], ">"]
    assert judge(isa, split([GS])[0], split(body, "|"), component=">").errors == ()


def test_an_unknown_version_is_not_checked() -> None:
    gs = GS.replace("005010X222A1", "005010X999")
    body = [text.replace("005010X222A1", "005010X999") for text in transaction("0001", 1)]
    judgement = judge(split([ISA])[0], split([gs])[0], split(body))
    assert not judgement.complete
    assert [error.code for error in judgement.errors] == ["ENGINE"]


def test_a_crash_inside_pyx12_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise AttributeError("MARY TESTPERSON")

    monkeypatch.setattr(walk_tree, "walk_errors", crash)
    pyx12_walk.load_guide.cache_clear()
    judgement = one(transaction("0001", 1))
    assert not judgement.complete
    assert judgement.errors[-1].message == "guide could not judge this transaction: AttributeError"
    assert not judge_envelope(split([ISA, GS, "GE*0*1", "IEA*1*000000001"])).complete


def test_a_transaction_cut_off_lacks_its_trailer() -> None:
    errors = one(transaction("0001", 1)[:-1]).errors
    assert [(error.segment_id, error.code, error.level) for error in errors] == [("SE", "3", "segment")]
    assert one([]).errors


def test_messages_and_plain_words_quote_no_value() -> None:
    name = "ZZMARYQX"
    seen = set()
    for at, text in enumerate(transaction("0001", 1)[1:-1], 1):
        parts = text.split("*")
        for where in range(len(parts)):
            for put in (name, name * 20, f"{name}:{name} "):
                body = transaction("0001", 1)
                body[at] = "*".join([*parts[:where], put, *parts[where + 1 :]])
                for error in one(body).errors:
                    seen.add((error.level, error.code))
                    plain = in_plain_words(error)
                    assert "ZZMARY" not in error.message + error.segment_id + plain.message + plain.action
    assert {("segment", "1"), ("element", "5"), ("element", "6"), ("element", "7"), ("element", "8")} <= seen


def test_every_fault_has_plain_words() -> None:
    for name in FAULTS:
        for seed in range(20, 30):
            for _, error in judged(faulty(name, seed)):
                assert "does not follow the guide" not in in_plain_words(error).message, error
    (error,) = one(changed("NM1*IL*1*TESTPERSON1", "NM1*IL*1*")).errors
    assert in_plain_words(error).message == "NM103 (loop 2010BA, segment 14) is required and empty."
    missing = [text for text in transaction("0001", 1) if not text.startswith("N3*1 INV")]
    said = in_plain_words(one(missing).errors[0]).message
    assert said == "The N3 segment is required in loop 2010AA and missing; that shows at segment 9."
