"""Write a therapy and chiropractic 837P batch of any size, the same bytes for the same seed.

    python bench/generate.py --megabytes 40 --seed 837 --out batch.837 --log minutes.csv --faults 0.03

Everyone in it is invented.  The batch is one interchange and one group; a transaction is one practice with at
most `--claims-per-st` claims.  Claims are written as they are made: memory does not grow with the batch.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TextIO

import invented
from clinic import SENT, Claim, Clinic
from faults import spoil

VERSION = "005010X222A1"
LOG_COLUMNS = (
    "claim_id", "line_ref", "dos", "code", "start", "stop", "minutes", "mode", "provider_npi",
    "provider_role", "area", "side", "session", "reason", "attested_by", "attested_at",
)  # fmt: skip


@dataclass(slots=True)
class Written:
    """What a batch came to; `faults` counts the spoiled claims by what is wrong with them."""

    transactions: int = 0
    claims: int = 0
    lines: int = 0
    segments: int = 0
    size: int = 0
    faults: Counter[str] = field(default_factory=Counter)


def write_batch(
    out: TextIO,
    log: TextIO | None = None,
    *,
    claims: int | None = None,
    size: int | None = None,
    seed: int = 837,
    faults: float = 0.03,
    claims_per_st: int = 1000,
) -> Written:
    """Write `claims` claims, or claims until `size` bytes are reached, and their treatment-time log."""
    if (claims is None) == (size is None):
        raise ValueError("give either the number of claims or the size")
    written = Written()
    rows = csv.writer(log, lineterminator="\n") if log else None
    if rows:
        rows.writerow(LOG_COLUMNS)

    def put(text: str) -> None:
        out.write(text)
        written.segments += text.count("~")
        written.size += len(text)

    def more() -> bool:
        return written.claims < claims if claims is not None else written.size < (size or 0)

    control = seed % 999_999_999 + 1
    put(_opening(control))
    while more():
        written.transactions += 1
        number = written.transactions
        # a generator of its own for every transaction: the first ones do not change with the size
        rng = Random(f"{seed}/{number}")
        clinic = Clinic(rng, number, written.claims + 1, f"S{seed}N")
        before = written.segments
        put(_transaction_head(number, clinic.practice))
        level = 1
        for clean in clinic.claims():
            claim = spoil(clean, rng) if rng.random() < faults else clean
            if claim.fault:
                written.faults[claim.fault] += 1
            if not claim.shares_loop:
                loop, level = _subscriber(claim.case.patient, level)
                put(loop)
            put(_claim(claim))
            if rows:
                rows.writerows(_log_rows(claim))
            written.claims += 1
            written.lines += len(claim.lines)
            if not more() or written.claims % claims_per_st == 0:
                break
        put(f"SE*{written.segments - before + 1}*{number:04d}~\n")
    put(f"GE*{written.transactions}*{control}~\nIEA*1*{control:09d}~\n")
    return written


def _opening(control: int) -> str:
    return (
        f"ISA*00*          *00*          *ZZ*SAMPLEBILLING  *ZZ*SAMPLECLEARING *{SENT:%y%m%d}*0815*^*00501"
        f"*{control:09d}*0*T*:~\n"
        f"GS*HC*SAMPLEBILLING*SAMPLECLEARING*{SENT:%Y%m%d}*0815*{control}*X*{VERSION}~\n"
    )


def _transaction_head(number: int, practice: invented.Practice) -> str:
    town, state, zip_code = practice.town
    return (
        f"ST*837*{number:04d}*{VERSION}~\nBHT*0019*00*SAMPLE{number:06d}*{SENT:%Y%m%d}*0815*CH~\n"
        "NM1*41*2*SAMPLE BILLING SERVICE*****46*99SAMPLE~\nPER*IC*BILLING DESK*TE*5555550100~\n"
        "NM1*40*2*SAMPLE CLEARINGHOUSE*****46*99CLEAR~\n"
        f"HL*1**20*1~\nPRV*BI*PXC*261QR0400X~\nNM1*85*2*{practice.name}*****XX*{practice.npi}~\n"
        f"N3*{practice.street}~\nN4*{town}*{state}*{zip_code}0001~\nREF*EI*{practice.tax_id}~\n"
    )


def _subscriber(patient: invented.Patient, level: int) -> tuple[str, int]:
    """Loops 2000B and, for a dependent, 2000C; and the number of the last HL."""
    person, payer, child = patient.subscriber, patient.payer, patient.dependent
    relation = "" if child else "18"
    level += 1
    text = (
        f"HL*{level}*1*22*{int(child is not None)}~\n"
        f"SBR*P*{relation}*{patient.group_number}******{payer.filing}~\n"
        f"NM1*IL*1*{person.last}*{person.first}****MI*{patient.member_id}~\n"
    )
    if child is None:
        text += _home(person)
    text += f"NM1*PR*2*{payer.name}*****PI*{payer.payer_id}~\n"
    if child is not None:
        level += 1
        text += (
            f"HL*{level}*{level - 1}*23*0~\nPAT*19~\nNM1*QC*1*{person.last}*{child.first}~\n{_home(child)}"
        )
    return text, level


def _home(person: invented.Person) -> str:
    town, state, zip_code = person.town
    return f"N3*{person.street}~\nN4*{town}*{state}*{zip_code}~\nDMG*D8*{person.birth}*{person.sex}~\n"


def _claim(claim: Claim) -> str:
    """Loops 2300, 2310 and 2400."""
    case, therapist, referring = claim.case, claim.therapist, claim.case.referring
    onset = "454" if therapist.role == "DC" else "431"
    diagnoses = "*ABF:".join(case.diagnoses)
    parts = [
        f"CLM*{claim.claim_id}*{_dollars(claim.cents)}***11:B:1*Y*A*Y*Y~\nDTP*{onset}*D8*{case.onset}~\n",
        f"REF*G1*{case.authorization}~\n" if case.authorization else "",
        f"HI*ABK:{diagnoses}~\n",
        f"NM1*DN*1*{referring.last}*{referring.first}****XX*{referring.npi}~\n" if referring else "",
        f"NM1*82*1*{therapist.last}*{therapist.first}****XX*{therapist.npi}~\nPRV*PE*PXC*{therapist.taxonomy}~\n",
    ]
    for number, line in enumerate(claim.lines, start=1):
        service = line.service
        procedure = ":".join((service.code, *service.modifiers))
        parts.append(
            f"LX*{number}~\nSV1*HC:{procedure}*{_dollars(service.fee)}*UN*{service.units}***{service.pointers}~\n"
            f"DTP*472*D8*{line.day:%Y%m%d}~\nREF*6R*{claim.line_control(number)}~\n"
        )
    return "".join(parts)


def _dollars(cents: int) -> str:
    """An amount as X12 wants it: no trailing zeros."""
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def _log_rows(claim: Claim) -> Iterator[tuple[object, ...]]:
    therapist = claim.therapist
    for number, line in enumerate(claim.lines, start=1):
        service, day = line.service, line.day.isoformat()
        start, stop = _clock(line.start), _clock(line.start + service.minutes)
        yield (
            *(claim.claim_id, claim.line_control(number), day, service.code),
            *(start, stop, service.minutes, service.mode, therapist.npi, therapist.role),
            *(service.area, service.side, 1, service.reason),
            *(f"{therapist.role}-{therapist.npi[-5:]}", f"{day}T18:00:00"),
        )


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def main(arguments: list[str] | None = None) -> int:
    """Read the options, write the batch, say what it came to."""
    parser = argparse.ArgumentParser(description="Write a therapy 837P batch with invented people.")
    amount = parser.add_mutually_exclusive_group(required=True)
    amount.add_argument("--claims", type=int, help="number of claims")
    amount.add_argument("--megabytes", type=float, help="size, in millions of bytes")
    parser.add_argument("--seed", type=int, default=837)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--log", type=Path, metavar="FILE.csv", help="write the treatment-time log too")
    parser.add_argument("--faults", type=float, default=0.03, metavar="RATE", help="share of spoiled claims")
    parser.add_argument("--claims-per-st", type=int, default=1000, metavar="N")
    options = parser.parse_args(arguments)
    size = None if options.megabytes is None else int(options.megabytes * 1_000_000)
    log: TextIO | None = options.log.open("w", encoding="utf-8", newline="") if options.log else None
    try:
        with options.out.open("w", encoding="ascii", newline="") as out:
            written = write_batch(
                out,
                log,
                claims=options.claims,
                size=size,
                seed=options.seed,
                faults=options.faults,
                claims_per_st=options.claims_per_st,
            )
    finally:
        if log:
            log.close()
    print(
        f"{written.size} bytes, {written.segments} segments, {written.transactions} transactions,"
        f" {written.claims} claims, {written.lines} lines;"
        f" {written.size / max(written.claims, 1):.0f} bytes and"
        f" {written.segments / max(written.claims, 1):.1f} segments a claim;"
        f" {written.faults.total()} claims with a fault",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
