"""What every claim needs of the levels above it, kept up to date as they go by."""

from __future__ import annotations

from functools import lru_cache

from scrub837.x12.segments import Block, Segment, value

_REMEMBERED = 1 << 15


class Parties:
    """What a claim needs of the levels above it, kept up to date as they go by."""

    __slots__ = (
        "billing_npi", "birth_date", "filing", "insurance", "member_id", "patient_name", "payer_id",
        "payer_name",
    )  # fmt: skip

    def __init__(self) -> None:
        self.billing_npi = self.birth_date = self.insurance = self.filing = self.member_id = ""
        self.patient_name = self.payer_id = self.payer_name = ""

    def read_billing(self, block: Block) -> None:
        self.billing_npi = next(
            (value(s, 9) for s in block.segments if s[0] == "NM1" and s[1:2] == ["85"]), ""
        )

    def read_subscriber(self, block: Block) -> None:
        self.insurance = self.filing = self.member_id = self.birth_date = ""
        self.patient_name = self.payer_id = self.payer_name = ""
        element = block.separators.element
        for piece in block.pieces:
            head = piece[:6]
            if head[:3] == "NM1":
                if head[4:] == "IL":
                    self.patient_name, self.member_id = _name_and_id(piece.split(element))
                elif head[4:] == "PR":
                    self.payer_id, self.payer_name = party_id(piece, element), party_name(piece, element)
            elif head[:3] == "DMG":
                self.birth_date = value(piece.split(element, 3), 2)
            elif head[:3] == "SBR":
                self.insurance, self.filing = piece, party_id(piece, element)

    def take_subscriber(self, parts: list[str], element: str) -> None:
        """SBR, NM1*IL, DMG02 and NM1*PR of a plain subscriber level."""
        self.insurance, person, self.birth_date, payer = parts
        self.filing = party_id(self.insurance, element)
        self.patient_name, self.member_id = _name_and_id(person.split(element))
        self.birth_date = self.birth_date.strip()
        self.payer_id, self.payer_name = party_id(payer, element), party_name(payer, element)

    def read_patient(self, block: Block) -> None:
        self.birth_date = self.patient_name = ""
        for segment in block.segments:
            if segment[0] == "NM1" and value(segment, 1) == "QC":
                self.patient_name, _ = _name_and_id(list(segment))
            elif segment[0] == "DMG":
                self.birth_date = value(segment, 2)


@lru_cache(_REMEMBERED)
def party_id(piece: str, element: str) -> str:
    """Element 9: NM109, and SBR09 alike."""
    return value(piece.split(element), 9)


@lru_cache(_REMEMBERED)
def party_name(piece: str, element: str) -> str:
    """NM103."""
    return value(piece.split(element), 3)


def _name_and_id(nm1: Segment) -> tuple[str, str]:
    nm1 += [""] * (10 - len(nm1))
    last, first = nm1[3].strip(), nm1[4].strip()
    return (f"{last}, {first}" if last and first else last or first), nm1[9].strip()
