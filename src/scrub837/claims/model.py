"""A claim and its service lines as the biller knows them, each value with its place in the file.

Built by the hundred thousand, so the hot classes are ``msgspec.Struct`` (made in C) and hold the segments
they were read from; what few rules ask for (parties, diagnoses, other payers ...) is read on demand by
``scrub837.claims.details``. Loop names are those of the implementation guide 005010X222A1.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import repeat

import msgspec

from scrub837.claims.insured import Insured
from scrub837.claims.layout import Layout
from scrub837.claims.plain import LONG, SHORT
from scrub837.claims.services import NO_DATES, Billed, Days, Procedure, Service, ServiceDates
from scrub837.claims.values import read_line_number, read_number
from scrub837.config import Profile
from scrub837.findings import Location
from scrub837.x12.segments import Block, Segment, read_designator, value

__all__ = [
    "NO_DATES",
    "Claim",
    "Envelope",
    "Level",
    "Line",
    "Procedure",
    "Service",
    "ServiceDates",
    "read_level",
]


class Envelope(msgspec.Struct, frozen=True):
    """The control numbers above a claim, and the version it was written for."""

    interchange: str  # ISA13
    group: str | None  # GS06
    transaction: str | None  # ST02
    version: str  # GS08, else ST03
    sender: str = ""  # ISA06
    receiver: str = ""  # ISA08
    created: str = ""  # GS04


class Level(msgspec.Struct, frozen=True):
    """A hierarchical level: 2000A billing provider (HL03 20), 2000B subscriber (22), 2000C patient (23)."""

    block: Block
    code: str  # HL03
    id: str  # HL01
    parent: str  # HL02
    child: str  # HL04: 1 when a level below follows


def read_level(block: Block) -> Level:
    """The level whose HL is the first segment of ``block``."""
    head = block.pieces[0].split(block.separators.element)
    return Level(block, value(head, 3), value(head, 1), value(head, 2), value(head, 4))


class Line(msgspec.Struct):
    """A service line (loop 2400 with an SV1)."""

    claim: Claim
    number: int | None  # LX01
    at: int  # index of its first segment (LX, or SV1 where LX is missing) in the claim's block
    end: int  # index after its last segment
    sv1_at: int
    service: Service
    procedure: Procedure
    dates: ServiceDates
    control: str | None  # REF*6R
    rendering: str  # NPI: 2420A, else 2310B, else the billing provider's
    adjudicated: bool  # loop 2430: another payer has decided on the line
    repriced: bool  # HCP in 2400

    @property
    def charge(self) -> Decimal | None:
        """SV102."""
        return self.service.charge

    @property
    def unit(self) -> str:
        """SV103: UN or MJ."""
        return self.service.unit

    @property
    def units(self) -> Decimal | None:
        """SV104."""
        return self.service.units

    @property
    def place(self) -> str:
        """Place of service: SV105, else CLM05-1."""
        return self.service.place or self.claim.place

    @property
    def pointers(self) -> str:
        """SV107 as sent."""
        return self.service.pointers

    @property
    def segments(self) -> list[Segment]:
        return self.claim.block.segments[self.at : self.end]

    @property
    def sv1(self) -> Segment:
        return self.claim.block.segments[self.sv1_at]

    def locate(self, element: str = "SV1", at: int | None = None, *, loop: str = "2400") -> Location:
        """The place of an element of this line, such as ``SV101-3``. ``at`` picks the segment by its index.

        An element of a segment the line does not have is given with the range of its SV1.
        """
        claim = self.claim
        tag, number, component = read_designator(element)
        if at is None:
            segments = claim.block.segments
            at = next((n for n in range(self.at, self.end) if segments[n][0] == tag), None)
        if at is None:
            start, end = claim.block.span(self.sv1_at)
            at = self.sv1_at
        else:
            start, end = claim.block.span(at, number, component)
        return claim.spot(claim.block, at, element, start, end, loop=loop, line=self)


class PlainLines(msgspec.Struct, frozen=True):
    """Lines of LX, SV1, DTP*472 and perhaps REF*6R alone: what is not in ``Billed`` and ``Days``."""

    numbers: tuple[str, ...]  # the LX segments
    controls: list[str]  # the REF*6R segments; none, or one of each line
    at: int  # index of the first LX in the claim's block


class Claim(msgspec.Struct):
    """A claim (loop 2300) with the levels above it. Its lines are made when first asked for.

    ``services`` has what each line bills, without making lines; most claims of a batch need no more.
    """

    index: int  # n-th claim of the file, from 1
    envelope: Envelope
    billing: Level | None  # 2000A
    subscriber: Level | None  # 2000B
    patient: Level | None  # 2000C, when the patient is a dependent
    block: Block  # from CLM to before the next HL, CLM or SE
    head: list[str]  # the segments of 2300/2310 as text, CLM first
    layout: Layout  # of head
    plain: PlainLines | None
    leads: bool  # the first claim of its billing provider level
    billed: Billed
    days: Days
    id: str  # CLM01
    charge_text: str  # CLM02 as sent
    facility: str  # CLM05 as sent
    place: str  # CLM05-1
    frequency: str  # CLM05-3
    rendering: str  # NPI: 2310B, else the billing provider's
    billing_npi: str
    insured: Insured
    profile: Profile
    cut: bool = False  # the file ends inside this claim
    made: list[Line] | None = None  # see ``lines``

    @property
    def services(self) -> tuple[Service, ...]:
        """What each line bills."""
        return self.billed.services

    @property
    def dates(self) -> tuple[ServiceDates, ...]:
        """The dates of the lines, those that are alike once."""
        return self.days.different

    @property
    def header_end(self) -> int:
        """Index after the last segment of 2300/2310."""
        return self.layout.end

    @property
    def other_payers(self) -> bool:
        """Has loop 2320."""
        return self.layout.other_payers

    @property
    def lines(self) -> list[Line]:
        """The service lines, in order."""
        if self.made is None:
            self.made = self._plain_lines(self.plain) if self.plain else []
        return self.made

    def _plain_lines(self, plain: PlainLines) -> list[Line]:
        at, lines = plain.at, []
        each = LONG if plain.controls else SHORT
        for number, control, service, dates in zip(
            plain.numbers,
            plain.controls or repeat(""),
            self.billed.services,
            self.days.each,
            strict=False,
        ):
            lines.append(
                Line(
                    self, read_line_number(number[3:]), at, at + each, at + 1, service, service.procedure,
                    dates, control[7:].strip() or None, self.rendering, False, False,
                )
            )  # fmt: skip
            at += each
        return lines

    def let_go(self) -> None:
        """Forget the lines: they know their claim; else only the cycle collector would free both."""
        self.made = []

    @property
    def charge(self) -> Decimal | None:
        """CLM02."""
        return read_number(self.charge_text)

    @property
    def clm(self) -> Segment:
        return self.block.segments[0]

    @property
    def header(self) -> list[Segment]:
        """Segments of loops 2300 and 2310, CLM first."""
        return self.block.segments[: self.header_end]

    @property
    def payer_id(self) -> str:
        """2010BB NM109."""
        return self.insured.payer_id

    @property
    def payer_name(self) -> str:
        """2010BB NM103."""
        return self.insured.payer_name

    @property
    def insurance(self) -> str:
        """The SBR of 2000B as sent."""
        return self.insured.insurance

    @property
    def filing(self) -> str:
        """SBR09."""
        return self.insured.filing

    @property
    def patient_name(self) -> str:
        """As ``LAST, FIRST``."""
        return self.insured.patient_name

    @property
    def member_id(self) -> str:
        """2010BA NM109."""
        return self.insured.member_id

    @property
    def birth_date(self) -> str:
        """As sent, CCYYMMDD."""
        return self.insured.birth_date

    @property
    def patient_key(self) -> tuple[str, str, str, str]:
        """What tells one patient from another in a file: payer, member, name and birth date."""
        return self.insured.patient_key

    def locate(self, element: str = "CLM", at: int | None = None, *, loop: str = "2300") -> Location:
        """The place of an element of the claim's header, such as ``CLM05-3``."""
        tag, number, component = read_designator(element)
        if at is None:
            at = next((n for n in range(self.header_end) if self.block.segments[n][0] == tag), 0)
            if self.block.segments[at][0] != tag:
                number = component = None
        start, end = self.block.span(at, number, component)
        return self.spot(self.block, at, element, start, end, loop=loop)

    def locate_in(self, block: Block, at: int, element: str, *, loop: str) -> Location:
        """The place of an element of segment ``at`` of ``block``, the claim's own or a level above it."""
        _, number, component = read_designator(element)
        start, end = block.span(at, number, component)
        return self.spot(block, at, element, start, end, loop=loop)

    def spot(
        self,
        block: Block,
        at: int,
        element: str,
        start: int,
        end: int,
        *,
        loop: str,
        line: Line | None = None,
    ) -> Location:
        """A location with this claim's control numbers."""
        return Location(
            interchange=self.envelope.interchange,
            group=self.envelope.group,
            transaction=self.envelope.transaction,
            claim=self.id,
            claim_index=self.index,
            line=line.number if line else None,
            line_control=line.control if line else None,
            loop=loop,
            segment=block.ordinal_of(at),
            element=element,
            start=start,
            end=end,
        )

    def first(self, tag: str, qualifier: str | None = None) -> Segment | None:
        """The first segment of the header with this id and, when given, this first element."""
        return next(
            (s for s in self.header if s[0] == tag and (qualifier is None or value(s, 1) == qualifier)), None
        )
