"""Odd response files of ``fixtures/edi/responses`` against expectations worked out by hand."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrub837.responses.answers import (
    Adjustment,
    ClaimPayment,
    GroupAnswer,
    InterchangeAnswer,
    Item,
    PaymentAnswer,
    Remark,
    SetAnswer,
    Status,
    StatusAnswer,
)
from scrub837.responses.read import ResponseFile
from scrub837.x12.source import open_source

FOLDERS = Path(__file__).parents[2] / "fixtures" / "edi" / "responses"
CASES = sorted(path.parent for path in FOLDERS.glob("*/answer.txt"))


def read(path: Path) -> tuple[ResponseFile, list[Item]]:
    with closing(open_source(str(path))) as source:
        file = ResponseFile(source, 0)
        return file, list(file.items())


def read_text(text: str, folder: Path) -> tuple[ResponseFile, list[Item]]:
    path = folder / "answer.txt"
    path.write_bytes(text.encode("latin-1"))
    return read(path)


def _adjustment(one: Adjustment) -> list[Any]:
    return [one.group, one.code, f"{one.amount}", None if one.quantity is None else f"{one.quantity}"]


def _status(one: Status) -> str:
    return ":".join(filter(None, (one.category, one.code, one.entity)))


def _plain(item: Item) -> list[Any]:
    """An answer as ``expect.json`` writes it."""

    def text(value: object) -> str | None:
        return None if value is None else f"{value}"

    if isinstance(item, InterchangeAnswer):
        return ["TA1", item.control, item.verdict, item.note]
    if isinstance(item, SetAnswer):
        errors = [
            [
                *(e.segment, e.position, e.loop, e.code, e.claim, list(e.trigger) if e.trigger else None),
                [[x.element, x.component, x.code, x.value] for x in e.elements],
            ]
            for e in item.errors
        ]
        return ["set", item.functional, item.group, item.control, item.verdict, list(item.codes), errors]
    if isinstance(item, GroupAnswer):
        return ["group", item.functional, item.group, item.verdict]
    if isinstance(item, StatusAnswer):
        told = [[one.procedure, one.control, list(map(_status, one.statuses))] for one in item.lines]
        return ["status", item.level, item.trace, list(map(_status, item.statuses)), item.payer_claim, told]
    if isinstance(item, ClaimPayment):
        lines: list[list[Any]] = [
            [
                *(line.procedure, list(line.modifiers), text(line.charge), text(line.paid), line.control),
                *(list(map(_adjustment, line.adjustments)), [one.code for one in line.remarks]),
            ]
            for line in item.lines
        ]
        amounts = map(text, (item.charge, item.paid, item.patient))
        own = [list(map(_adjustment, item.adjustments)), [one.code for one in item.remarks]]
        return ["claim", item.claim, item.status, *amounts, item.payer_claim, *own, lines]
    assert isinstance(item, PaymentAnswer)
    totals = [item.claims, text(item.claims_paid), text(item.provider_adjustments)]
    return ["payment", text(item.amount), item.trace, *totals]


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_case(folder: Path) -> None:
    expect = json.loads((folder / "expect.json").read_text("utf-8"))
    file, items = read(folder / "answer.txt")
    assert dict(file.kinds) == expect["kinds"]
    assert dict(file.others) == expect.get("others", {})
    assert file.cut == expect.get("cut", False)
    assert dict(file.remarks) == expect["remarks"]
    assert [_plain(one) for one in items if not isinstance(one, Remark)] == expect["answers"]


def test_there_are_cases() -> None:
    assert len(CASES) >= 7


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_places_are_where_the_values_stand(folder: Path) -> None:
    data = (folder / "answer.txt").read_bytes().decode("latin-1")

    def at(place: Any) -> str:
        return data[place.start : place.end]

    for item in read(folder / "answer.txt")[1]:
        if isinstance(item, Remark):
            assert 0 <= item.place.start <= item.place.end <= len(data)
        elif isinstance(item, SetAnswer):
            assert at(item.place).startswith("AK2")
            for error in item.errors:
                assert at(error.place).startswith(("IK3", "AK3"))
                assert all(at(one.place).startswith(("IK4", "AK4")) for one in error.elements)
        elif isinstance(item, StatusAnswer):
            every = [*item.statuses, *(one for line in item.lines for one in line.statuses)]
            assert [at(one.place)[:2] for one in every] == [one.category for one in every]
        elif isinstance(item, ClaimPayment):
            assert at(item.place).startswith("CLP")
            cas = [*item.adjustments, *(one for line in item.lines for one in line.adjustments)]
            assert [at(one.place).split("*")[0] for one in cas] == [one.code for one in cas]
            codes = [*item.remarks, *(one for line in item.lines for one in line.remarks)]
            assert [at(one.place) for one in codes] == [one.code for one in codes]


def test_free_text_of_a_status_is_kept_wherever_it_stands(tmp_path: Path) -> None:
    (told,) = [one for one in read(FOLDERS / "statuses" / "answer.txt")[1] if _is(one, "X/2")]
    assert isinstance(told, StatusAnswer)
    assert [one.text for one in told.statuses] == ["no text belongs here"]


def _is(item: Item, trace: str) -> bool:
    return isinstance(item, StatusAnswer) and item.trace == trace


def test_a_payment_given_twice_counts_once(tmp_path: Path) -> None:
    with closing(open_source(str(FOLDERS / "remittance" / "answer.txt"))) as source:
        seen: set[bytes] = set()
        first, again = (ResponseFile(source, n, False, seen) for n in range(2))
        assert sum(isinstance(one, ClaimPayment) for one in first.items()) == 6
        assert [one.code for one in again.items() if isinstance(one, Remark)] == [
            "given-twice",
            "given-twice",
        ]


def test_nothing_is_said_of_an_empty_file_but_that_it_is_empty(tmp_path: Path) -> None:
    file, items = read_text("", tmp_path)
    assert [one.code for one in items if isinstance(one, Remark)] == ["nothing"]
    assert not file.kinds


def test_the_guide_gives_remarks_and_changes_no_answer() -> None:
    path = FOLDERS / "remittance" / "answer.txt"
    plain = [one for one in read(path)[1] if not isinstance(one, Remark)]
    with closing(open_source(str(path))) as source:
        judged = list(ResponseFile(source, 0, True).items())
    assert [one for one in judged if not isinstance(one, Remark)] == plain
    said = [one.text for one in judged if isinstance(one, Remark) and one.code == "guide"]
    assert any(text.startswith("N3: ") for text in said)  # 1000A lacks its address
    assert not any("SAMPLE" in text or "AVERY" in text for text in said)


WHOLE = {folder.name: (folder / "answer.txt").read_bytes().decode("latin-1") for folder in CASES}


@settings(max_examples=120, deadline=None)
@given(
    name=st.sampled_from(sorted(WHOLE)),
    cut=st.integers(0, 2500),
    length=st.integers(0, 60),
    noise=st.text(alphabet="*~:\r\n|<0ASTCLP\x00\xff", max_size=12),
)
def test_no_damage_makes_a_reader_fail(
    name: str, cut: int, length: int, noise: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = WHOLE[name]
    damaged = text[:cut] + noise + text[cut + length :]
    _, items = read_text(damaged, tmp_path_factory.mktemp("damaged"))
    assert items or damaged.strip() == ""
    assert all(0 <= one.place.start <= one.place.end <= len(damaged) for one in items)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(WHOLE)), share=st.floats(0, 1))
def test_what_is_cut_off_is_told(name: str, share: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = WHOLE[name]
    cut = int(len(text.rstrip()) * share)
    if "ISA" not in text[: max(cut - 110, 0)]:
        return  # what is left is no X12 yet
    file, items = read_text(text[:cut], tmp_path_factory.mktemp("cut"))
    complete = "IEA" in text[max(0, cut - 14) : cut]
    assert complete or file.cut or any(isinstance(one, Remark) for one in items)


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("PK\x03\x04", "the file is no response but a zip archive or an Office document"),
        ("\x1f\x8b\x08", "the file is no response but a gzip archive"),
        ("<html><body>", "the file is no response but an HTML page"),
        ("%PDF-1.7", "the file is no response but a PDF document"),
        ("\xff\xfeI\x00S\x00", "the file is no response but UTF-16 text"),
    ],
)
def test_a_file_of_another_kind_is_named(head: str, what: str, tmp_path: Path) -> None:
    answer = (FOLDERS / "statuses" / "answer.txt").read_text("latin-1")
    for text in (head, head + answer) if head.startswith("PK") else (head,):
        file, items = read_text(text, tmp_path)
        assert [(one.code, one.text) for one in items if isinstance(one, Remark)] == [("stray", what)]
        assert not file.kinds


def test_blanks_before_an_answer_are_nothing(tmp_path: Path) -> None:
    answer = (FOLDERS / "remittance" / "answer.txt").read_text("latin-1")
    _, as_sent = read_text(answer, tmp_path)
    _, items = read_text(" \r\n" + answer, tmp_path)
    assert not [one for one in items if isinstance(one, Remark) and one.code == "stray"]
    assert [type(one) for one in items] == [type(one) for one in as_sent]
