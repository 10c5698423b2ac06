"""Whom a claim is for and who pays it, as the levels above it say."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec

from scrub837.claims.values import ordinary_day
from scrub837.x12.segments import Block, Segment, value
from scrub837.x12.separators import Separators

_REMEMBERED = 1 << 8  # the visits of a patient are mostly near one another


class Insured(msgspec.Struct, frozen=True):
    """The patient and the payer. Claims below levels of the same text share one."""

    payer_id: str = ""  # 2010BB NM109
    payer_name: str = ""
    insurance: str = ""  # the SBR of 2000B as sent
    filing: str = ""  # SBR09
    patient_name: str = ""  # "LAST, FIRST"
    member_id: str = ""  # 2010BA NM109
    birth_date: str = ""  # as sent, CCYYMMDD
    text: str = ""  # of the levels; of a subscriber level that is read with its claim, without the HL
    patient_key: tuple[str, str, str, str] = ("", "", "", "")  # payer, member, name and birth date
    segments: int = 0  # of the text of a level that is read with its claim
    born: str = ""  # the birth date where it is a day of any year
    # SBR01, 02, 05 and 09 of a usual level: all in capitals, no blanks beside separators, no NULL and no NONE
    usual: tuple[str, ...] | None = None


NOBODY = Insured()
_NO_PARTY = ("", "")  # name and id


@lru_cache(16)
def plain_insured_reader(cut: str, separators: Separators) -> Callable[[str], Insured]:
    """A reader of subscriber levels, given without their HL, in an even text with these separators."""
    element, component, terminator = separators.element, separators.component, separators.segment
    parts_of = _usual_level(cut, element)
    blanks = f"{element} ", f"{component} ", f" {element}", f" {component}", f" {terminator}"

    @lru_cache(_REMEMBERED)
    def read(text: str) -> Insured:
        parts = parts_of(text)
        if parts is None:
            return msgspec.structs.replace(
                _insured(text.split(cut), text, element), segments=text.count(terminator)
            )
        insurance, rank, relation, reason, filing, last, first, member_id, birth_date, payer = parts.groups()
        payer_name, payer_id = _payer(payer, element)
        name, member_id, birth_date = _name(last, first), member_id.strip(), birth_date.strip()
        usual = text.upper() == text and "NULL" not in text and "NONE" not in text
        usual = usual and not any(map(text.__contains__, blanks))
        return Insured(
            payer_id, payer_name, insurance, filing.strip(), name, member_id, birth_date, text,
            (payer_id, member_id, name, birth_date), text.count(terminator), ordinary_day(birth_date),
            (rank, relation, reason, filing) if usual else None,
        )  # fmt: skip

    return read


@lru_cache(16)
def _usual_level(cut: str, element: str) -> Callable[[str], re.Match[str] | None]:
    """Matches SBR of nine elements, NM1*IL, address, DMG, NM1*PR, address."""
    end, e = re.escape(cut), re.escape(element)
    most, one = f"[^{re.escape(cut[0])}]*", f"[^{re.escape(cut[0] + element)}]*"
    address = f"(?:N3{e}{most}{end})?(?:N4{e}{most}{end})?"
    return re.compile(
        f"(SBR{e}({one}){e}({one})(?:{e}{one}){{2}}{e}({one})(?:{e}{one}){{3}}{e}({one})){end}"
        f"NM1{e}IL{e}{one}{e}({one}){e}({one})(?:{e}{one}){{4}}{e}({one})(?:{e}{most})?{end}{address}"
        f"DMG{e}{one}{e}({one})(?:{e}{most})?{end}(NM1{e}PR{e}{most}){end}{address}"
    ).fullmatch


def read_insured(block: Block) -> Insured:
    """The subscriber and payer of a subscriber level."""
    return _insured(block.pieces, block.text, block.separators.element)


def read_dependent(block: Block, insured: Insured) -> Insured:
    """The same with the patient of the patient level ``block``."""
    name = birth_date = ""
    for segment in block.segments:
        if segment[0] == "NM1" and value(segment, 1) == "QC":
            name, _ = _name_and_id(list(segment))
        elif segment[0] == "DMG":
            birth_date = value(segment, 2)
    return msgspec.structs.replace(
        insured,
        patient_name=name,
        birth_date=birth_date,
        text=insured.text + block.text,
        born=ordinary_day(birth_date),
        usual=None,
        patient_key=(insured.payer_id, insured.member_id, name, birth_date),
    )


def read_billing_npi(block: Block) -> str:
    """NM109 of the billing provider of a billing level."""
    return next((value(s, 9) for s in block.segments if s[0] == "NM1" and s[1:2] == ["85"]), "")


@lru_cache(1 << 13)
def party_id(piece: str, element: str) -> str:
    """Element 9: NM109, and SBR09 alike."""
    return value(piece.split(element), 9)


def _insured(pieces: list[str], text: str, element: str) -> Insured:
    insurance = birth_date = ""
    person, payer = _NO_PARTY, _NO_PARTY
    for piece in pieces:
        tag = piece[:3]
        if tag == "NM1":
            if piece[4:6] == "IL":
                person = _name_and_id(piece.split(element))
            elif piece[4:6] == "PR":
                payer = _payer(piece, element)
        elif tag == "DMG":
            birth_date = value(piece.split(element, 3), 2)
        elif tag == "SBR":
            insurance = piece
    filing = party_id(insurance, element) if insurance else ""
    key = payer[1], person[1], person[0], birth_date
    return Insured(
        payer[1], payer[0], insurance, filing, *person, birth_date, text, key, 0, ordinary_day(birth_date)
    )


@lru_cache(1 << 10)
def _payer(piece: str, element: str) -> tuple[str, str]:
    payer = piece.split(element)
    return value(payer, 3), value(payer, 9)


def _name_and_id(nm1: Segment) -> tuple[str, str]:
    nm1 += [""] * (10 - len(nm1))
    return _name(nm1[3], nm1[4]), nm1[9].strip()


def _name(last: str, first: str) -> str:
    last, first = last.strip(), first.strip()
    return f"{last}, {first}" if last and first else last or first
