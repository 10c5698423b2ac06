"""A practice at work: its therapists' diaries, its patients, and the claims their visits become.

Visits are booked into diaries, so the time of one therapist never overlaps; when the diaries of a discipline
are full, the practice hires.  Claims come one at a time and nothing of them is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import care
import invented

SENT = date(2026, 11, 16)  # the date of the ISA
FIRST_DAY, LAST_DAY = date(2026, 10, 1), date(2026, 11, 13)  # one quarter, so one CMS edition covers all
WORKDAYS = tuple(
    day
    for day in (FIRST_DAY + timedelta(n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
    if day.weekday() < 5
)
OPENS, CLOSES = 8 * 60 + 30, 16 * 60 + 30  # minutes of the day: at most eight hours of treatment
PAUSE = 5  # minutes between patients
STAFF = {"PT": 4, "OT": 2, "SLP": 1, "DC": 2}
REFERRING = 12
# cumulative shares of the kinds of visit, and of the payers of therapy and of chiropractic
ROLES, ROLE_SHARES = ("PT", "OT", "SLP", "DC"), (0.66, 0.84, 0.88, 1.0)
PAYERS = (invented.MEDICARE, invented.MEDICAID, *invented.COMMERCIAL)
THERAPY_SHARES, CHIROPRACTIC_SHARES = (0.42, 0.55, 0.72, 0.87, 1.0), (0.3, 0.3, 0.55, 0.8, 1.0)
SECOND_CLAIM_SHARE = 0.03  # of the visits with four services or more
SHARED_LOOP_SHARE = 0.1  # of a patient's further claims


@dataclass(frozen=True, slots=True)
class Line:
    """A service on a day at a time: one line of the claim and one row of the treatment-time log."""

    service: care.Service
    day: date
    start: int  # minute of the day


@dataclass(frozen=True, slots=True)
class Case:
    """What the claims of one patient have in common; dates are CCYYMMDD, an absent authorization is empty."""

    patient: invented.Patient
    referring: invented.Professional | None
    diagnoses: tuple[str, ...]
    onset: str  # DTP*454 of a chiropractor, DTP*431 of a therapist
    authorization: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim.

    `follows` says that it bills the rest of the visit of the claim before it, `shares_loop` that it stands in
    the subscriber loop of that claim.
    """

    claim_id: str
    case: Case
    therapist: invented.Professional
    cents: int
    lines: tuple[Line, ...]
    follows: bool = False
    shares_loop: bool = False
    fault: str = ""

    def line_control(self, number: int) -> str:
        """REF*6R of the n-th line."""
        return f"{self.claim_id[-7:]}L{number}"


class Diary:
    """The free time of one therapist."""

    __slots__ = ("_free", "professional")

    def __init__(self, professional: invented.Professional) -> None:
        self.professional = professional
        self._free = [OPENS] * len(WORKDAYS)

    def book(self, minutes: int, first: int) -> tuple[int, int] | None:
        """Take `minutes` on the first workday with room from `first` on: (workday, minute of the day)."""
        for day in range(first, len(WORKDAYS)):
            start = self._free[day]
            if start + minutes <= CLOSES:
                self._free[day] = start + minutes + PAUSE
                return day, start
        return None


class Clinic:
    """One practice and the claims of its visits."""

    def __init__(self, rng: Random, transaction: int, first_serial: int, prefix: str) -> None:
        self.practice = invented.practice(rng, transaction)
        self._rng = rng
        self._prefix = prefix
        self._serial = first_serial
        self._next_npi = transaction * 1000 + 1
        self._fee_offset = 25 * rng.randrange(0, 40)
        self._referring = [self._professional("MD", "207Q00000X") for _ in range(REFERRING)]
        self._diaries = {role: [self._hire(role) for _ in range(count)] for role, count in STAFF.items()}

    def claims(self) -> Iterator[Claim]:
        """Claims without end; those of one patient follow each other."""
        while True:
            (role,) = self._rng.choices(ROLES, cum_weights=ROLE_SHARES)
            shares = CHIROPRACTIC_SHARES if role == "DC" else THERAPY_SHARES
            (payer,) = self._rng.choices(PAYERS, cum_weights=shares)
            patient = invented.patient(self._rng, self._serial, payer)
            if role == "SLP":
                yield self._speech_claim(patient)
            elif role == "DC":
                yield self._chiropractic_claim(patient)
            else:
                yield from self._therapy_claims(role, patient)

    def _therapy_claims(self, role: str, patient: invented.Patient) -> Iterator[Claim]:
        """Make a claim of each visit of a course; now and then a visit is billed on two claims."""
        rng = self._rng
        first, second = (care.SPINE + care.UPPER, care.LOWER) if role == "PT" else (care.UPPER, care.HAND)
        sites = (rng.choice(first), rng.choice(second))
        case = Case(
            patient=patient,
            referring=rng.choice(self._referring),
            diagnoses=(sites[0].diagnosis, sites[1].diagnosis, "M6281"),
            onset=self._some_day(date(2026, 8, 1)),
            authorization="" if patient.payer.filing == "MB" else f"AUTH{rng.randrange(10**6):06d}",
        )
        visits = [
            care.therapy_visit(rng, role, sites, self._fee_offset, first=n == 0)
            for n in range(rng.choice((1, 1, 1, 2, 3)))
        ]
        therapist, booked = self._book(role, visits)
        for visit, lines in enumerate(booked):
            parts = [lines]
            if len(lines) > 3 and rng.random() < SECOND_CLAIM_SHARE:
                parts = [lines[:2], lines[2:]]
            for part, some in enumerate(parts):
                shares_loop = visit + part > 0 and rng.random() < SHARED_LOOP_SHARE
                yield self._claim(case, therapist, some, follows=part > 0, shares_loop=shares_loop)

    def _speech_claim(self, patient: invented.Patient) -> Claim:
        """Make one claim of several sessions."""
        rng = self._rng
        diagnoses = tuple(rng.sample(care.SPEECH_DIAGNOSES, 2))
        case = Case(patient, rng.choice(self._referring), diagnoses, self._some_day(date(2026, 8, 1)))
        visits = [care.speech_visit(rng, self._fee_offset) for _ in range(rng.randint(3, 4))]
        therapist, booked = self._book("SLP", visits)
        return self._claim(case, therapist, [line for visit in booked for line in visit])

    def _chiropractic_claim(self, patient: invented.Patient) -> Claim:
        """Medicare: manipulations of several days on one claim; others: one visit with what else was done."""
        rng = self._rng
        medicare = patient.payer.filing == "MB"
        code = rng.choice(("98940", "98941"))
        area, manipulated = rng.choice(care.MANIPULATED[code])
        diagnoses = (*manipulated, care.APART_FROM_SPINE.diagnosis)
        case = Case(patient, None, diagnoses, self._some_day(date(2026, 9, 1)))
        visits = [
            care.chiropractic_visit(
                rng, code, area, len(manipulated), medicare=medicare, fee_offset=self._fee_offset
            )
            for _ in range(rng.randint(3, 4) if medicare else 1)
        ]
        chiropractor, booked = self._book("DC", visits)
        return self._claim(case, chiropractor, [line for visit in booked for line in visit])

    def _claim(
        self,
        case: Case,
        therapist: invented.Professional,
        lines: list[Line],
        *,
        follows: bool = False,
        shares_loop: bool = False,
    ) -> Claim:
        claim_id = f"{self._prefix}{self._serial:07d}"
        self._serial += 1
        cents = sum(line.service.fee for line in lines)
        return Claim(claim_id, case, therapist, cents, tuple(lines), follows, shares_loop)

    def _some_day(self, first: date) -> str:
        """Give a day in the four weeks from `first`, before any treatment."""
        return f"{first + timedelta(self._rng.randrange(28)):%Y%m%d}"

    def _book(
        self, role: str, visits: list[list[care.Service]]
    ) -> tuple[invented.Professional, list[list[Line]]]:
        """Give every visit a day and a time, in order and days apart, with one therapist."""
        first = self._rng.randrange(len(WORKDAYS) - 8)
        diaries = self._diaries[role]
        turn = self._rng.randrange(len(diaries))
        for diary in diaries[turn:] + diaries[:turn]:
            booked = _appointments(diary, visits, first)
            if booked is not None:
                return diary.professional, booked
        diary = self._hire(role)  # all of them are full
        diaries.append(diary)
        booked = _appointments(diary, visits, first)
        assert booked is not None  # an empty diary has eight workdays from `first` on
        return diary.professional, booked

    def _hire(self, role: str) -> Diary:
        return Diary(self._professional(role, care.TAXONOMY[role]))

    def _professional(self, role: str, taxonomy: str) -> invented.Professional:
        self._next_npi += 1
        return invented.professional(self._rng, self._next_npi, role, taxonomy)


def _appointments(diary: Diary, visits: list[list[care.Service]], first: int) -> list[list[Line]] | None:
    """Book the visits two workdays apart or more; None when the diary has no room for one of them."""
    booked = []
    for services in visits:
        slot = diary.book(sum(service.minutes for service in services), first)
        if slot is None:
            return None
        day, start = slot
        lines = []
        for service in services:
            lines.append(Line(service, WORKDAYS[day], start))
            start += service.minutes
        booked.append(lines)
        first = day + 2
    return booked
