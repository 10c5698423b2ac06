"""Write what a clearinghouse and payers would answer to an 837P batch, and the truth.

    python bench/answers.py batch.837 --seed 837 --out FOLDER

The answers are a TA1, a 999, a 277CA and two 835. The batch is read here by splitting it, not by the
product, so that the truth stands on its own. Some claims are rejected by 277CA, some denied or cut by 835,
some paid and taken back, some never answered; the rest are paid as billed. Whole transactions are rejected by
the 999 for one element of one claim. All amounts add up to the cent.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
DAYS = {"999": "20261117", "277": "20261118", "835": "20261202", "corrected": "20261209"}
# what may befall a claim, with its weight of a hundred
FATES = {
    "paid": 62, "paid-less": 9, "denied": 10, "rejected": 7, "missing": 3, "accepted": 3, "adjusted": 2,
    "corrected": 2, "reversed": 1, "patient": 1,
}  # fmt: skip
# outcome of a claim as the product names it
OUTCOMES = {"corrected": "paid", "reversed": "denied", "patient": "paid"}
REJECTIONS = ("A7:562:85", "A7:453", "A3:187", "A6:164:IL", "A8:732", "A3:116")
DENIALS = (("CO", "97", "M15"), ("CO", "236", "N20"), ("CO", "151", "N362"), ("CO", "4", "N822"),
           ("CO", "50", "N115"), ("CO", "29", ""), ("PR", "96", "N130"), ("CO", "16", "M76"),
           ("CO", "222", "N362"), ("OA", "B7", ""))  # fmt: skip


@dataclass(slots=True)
class SentLine:
    """A service line of the batch."""

    number: int
    control: str
    procedure: str  # SV101 as sent
    charge: Decimal
    units: str
    day: str


@dataclass(slots=True)
class SentClaim:
    """A claim of the batch and where its CLM stands."""

    transaction: str
    clm: int  # ordinal of CLM in its ST
    claim: str
    charge: Decimal
    patient: tuple[str, str]
    member: str
    payer: tuple[str, str]
    provider: str
    lines: list[SentLine] = field(default_factory=list)
    svs: list[int] = field(default_factory=list)  # ordinals of the SV1


@dataclass(slots=True)
class Fate:
    """What became of a claim: the truth a reader of the answers must come to."""

    claim: str
    transaction: str
    outcome: str
    paid: str = "0.00"
    patient: str = "0.00"
    codes: tuple[str, ...] = ()
    payer_claim: str = ""
    segment: int | None = None  # of the element a 999 faults
    element: str = ""


@dataclass(slots=True)
class Answers:
    """The files by name, and the truth by claim."""

    files: dict[str, str]
    fates: list[Fate]
    charges: dict[str, Decimal]

    def outcomes(self) -> Counter[str]:
        """Claims by outcome."""
        return Counter(fate.outcome for fate in self.fates)


def read_batch(text: str) -> tuple[dict[str, str], list[SentClaim], list[str]]:
    """Control numbers, claims and ST02 of a batch as `generate.py` writes it."""
    claims: list[SentClaim] = []
    controls: dict[str, str] = {}
    transactions: list[str] = []
    ordinal, st, provider = 0, "", ""
    subscriber = patient = ("", "")
    member, payer = "", ("", "")
    for piece in text.replace("\n", "").split("~"):
        e = piece.split("*")
        ordinal = 1 if e[0] == "ST" else ordinal + 1
        if e[0] == "ISA":
            controls["isa"], controls["sender"], controls["receiver"] = e[13], e[6], e[8]
        elif e[0] == "GS":
            controls["gs"] = e[6]
        elif e[0] == "ST":
            st = e[2]
            transactions.append(st)
        elif e[0] == "BHT":
            controls[f"bht{st}"] = e[3]
        elif e[0] == "NM1":
            if e[1] == "85":
                provider = e[9]
            elif e[1] == "IL":
                subscriber = patient = (e[3], e[4])
                member = e[9]
            elif e[1] == "PR":
                payer = (e[3], e[9])
            elif e[1] == "QC":
                patient = (e[3], e[4])
        elif e[0] == "HL" and e[3] == "22":
            patient = subscriber
        elif e[0] == "CLM":
            claims.append(SentClaim(st, ordinal, e[1], Decimal(e[2]), patient, member, payer, provider))
        elif e[0] == "LX":
            claims[-1].lines.append(SentLine(int(e[1]), "", "", ZERO, "", ""))
        elif e[0] == "SV1":
            line = claims[-1].lines[-1]
            line.procedure, line.charge, line.units = e[1], Decimal(e[2]), e[4]
            claims[-1].svs.append(ordinal)
        elif e[0] == "DTP" and e[1] == "472":
            claims[-1].lines[-1].day = e[3]
        elif e[0] == "REF" and e[1] == "6R":
            claims[-1].lines[-1].control = e[2]
    return controls, claims, transactions


def answers(batch: str, seed: int = 837, *, reject_transactions: float = 0.2) -> Answers:
    """Answer a batch: the files and what a reader must make of them.

    `reject_transactions` is the chance of each transaction but the first to be rejected by the 999 for one
    element of one claim.
    """
    rng = Random(f"{seed}/answers")
    controls, claims, transactions = read_batch(batch)
    rejected: dict[str, SentClaim] = {}
    for st in transactions[1:]:
        if rng.random() < reject_transactions:
            rejected[st] = rng.choice([claim for claim in claims if claim.transaction == st])
    fates = [
        _syntax_fate(claim, rejected[claim.transaction]) for claim in claims if claim.transaction in rejected
    ]
    through = [claim for claim in claims if claim.transaction not in rejected]
    writer = _Writer(rng, controls)
    for number, claim in enumerate(through, start=1):
        fates.append(writer.answer(claim, f"SAMPLEPAYER{number:07d}"))
    order = {(claim.transaction, claim.claim): n for n, claim in enumerate(claims)}
    fates.sort(key=lambda fate: order[fate.transaction, fate.claim])
    files = {
        "ta1.txt": _envelope(controls, "TA1", [f"TA1*{controls['isa']}*261116*0815*A*000"]),
        "999.txt": _envelope(controls, "FA", _acknowledgment(controls, transactions, rejected), DAYS["999"]),
        "277ca.txt": _envelope(controls, "HN", writer.statuses(), DAYS["277"]),
        "835.txt": _envelope(controls, "HP", writer.remittance(DAYS["835"], "1"), DAYS["835"]),
        "835-corrected.txt": _envelope(
            controls, "HP", writer.remittance(DAYS["corrected"], "2"), DAYS["corrected"], "2"
        ),
    }
    return Answers(files, fates, {claim.claim: claim.charge for claim in claims})


def _syntax_fate(claim: SentClaim, guilty: SentClaim) -> Fate:
    if claim is guilty:
        return Fate(
            claim.claim, claim.transaction, "rejected", codes=("7",), segment=claim.svs[0], element="SV103"
        )
    return Fate(claim.claim, claim.transaction, "rejected", codes=("5",))


def _acknowledgment(
    controls: dict[str, str], transactions: Sequence[str], rejected: dict[str, SentClaim]
) -> list[str]:
    body = ["ST*999*0001*005010X231A1", f"AK1*HC*{controls['gs']}*005010X222A1"]
    for st in transactions:
        body.append(f"AK2*837*{st}*005010X222A1")
        guilty = rejected.get(st)
        if guilty:
            body += [
                f"IK3*SV1*{guilty.svs[0]}*2400*8",
                f"CTX*CLM01:{guilty.claim}",
                "IK4*3*355*7*XX",
                "IK5*R*5",
            ]
        else:
            body.append("IK5*A")
    accepted = len(transactions) - len(rejected)
    verdict = "A" if not rejected else "P" if accepted else "R"
    body.append(f"AK9*{verdict}*{len(transactions)}*{len(transactions)}*{accepted}")
    return [*body, f"SE*{len(body) + 1}*0001"]


class _Writer:
    """Decides on claims one after the other and keeps what is to be said of them."""

    def __init__(self, rng: Random, controls: dict[str, str]) -> None:
        self._rng = rng
        self._controls = controls
        self._statuses: list[tuple[SentClaim, str, str]] = []  # claim, STC01, payer's number
        self._paid: dict[str, list[tuple[list[str], Decimal]]] = {"1": [], "2": []}

    def answer(self, claim: SentClaim, payer_claim: str) -> Fate:
        """Decide on a claim, say so in the files, and give the truth."""
        (name,) = self._rng.choices(list(FATES), list(FATES.values()))
        fate = Fate(claim.claim, claim.transaction, OUTCOMES.get(name, name), payer_claim=payer_claim)
        if name == "missing":
            fate.payer_claim = ""  # its transaction is accepted, others in it are answered
            return fate
        if name == "rejected":
            status = self._rng.choice(REJECTIONS)
            self._statuses.append((claim, status, ""))
            fate.payer_claim, fate.codes = "", (status,)
            return fate
        self._statuses.append((claim, "A2:20", payer_claim))
        if name != "accepted":
            self._decide(claim, name, fate)
        return fate

    def _decide(self, claim: SentClaim, name: str, fate: Fate) -> None:
        denied: dict[int, tuple[str, str, str]] = {}
        if name == "denied":
            one = self._rng.choice(DENIALS) if self._rng.random() < 0.7 else None  # mostly for one reason
            denied = {n: one or self._rng.choice(DENIALS) for n in range(len(claim.lines))}
        elif name == "paid-less":
            if len(claim.lines) < 2:
                name, fate.outcome = "paid", "paid"
            else:
                denied = {self._rng.randrange(len(claim.lines)): self._rng.choice(DENIALS)}
        changed = 0 if name == "adjusted" else None
        paid, patient, body = self._payment(
            claim, fate.payer_claim, denied, changed, patient_all=name == "patient"
        )
        self._paid["1"].append((body, paid))
        fate.codes = tuple(code for _, code, _ in denied.values())
        if name in ("corrected", "reversed"):
            back = [_negative(segment) for segment in body]
            back[0] = "*".join(["CLP", claim.claim, "22", *back[0].split("*")[3:]])
            self._paid["2"].append((back, -paid))
            if name == "corrected":
                self._paid["2"].append((body, paid))
            else:
                paid, patient, fate.codes = ZERO, ZERO, ("22",)
        fate.paid, fate.patient = f"{paid:.2f}", f"{patient:.2f}"

    def _payment(
        self,
        claim: SentClaim,
        payer_claim: str,
        denied: dict[int, tuple[str, str, str]],
        changed: int | None,
        *,
        patient_all: bool,
    ) -> tuple[Decimal, Decimal, list[str]]:
        """Loop 2100 of a claim: what it pays, what it leaves to the patient, its segments."""
        paid = patient = ZERO
        lines: list[str] = []
        for n, line in enumerate(claim.lines):
            allowed = (line.charge * Decimal("0.7")).quantize(CENT)
            share = allowed if patient_all else (allowed * Decimal("0.2")).quantize(CENT)
            own, remark = [f"CAS*CO*45*{_money(line.charge - allowed)}", f"CAS*PR*2*{_money(share)}"], ""
            if patient_all:
                own[1] = f"CAS*PR*1*{_money(share)}"
            pays = allowed - share
            code, sent = line.procedure, ""
            if n in denied:
                group, reason, remark = denied[n]
                own, pays, share = [f"CAS*{group}*{reason}*{_money(line.charge)}"], ZERO, ZERO
                if group == "PR":
                    share = line.charge
            elif n == changed:
                code, sent = "HC:97799", line.procedure
            paid, patient = paid + pays, patient + share
            units = "" if n in denied else line.units
            lines.append(_trimmed(f"SVC*{code}*{_money(line.charge)}*{_money(pays)}**{units}*{sent}"))
            lines.append(f"DTM*472*{line.day}")
            lines += [segment for segment in own if not segment.endswith("*0")]
            lines.append(f"REF*6R*{line.control}")
            if remark:
                lines.append(f"LQ*HE*{remark}")
        status = "4" if len(denied) == len(claim.lines) else "1"
        amounts = "*".join(map(_money, (claim.charge, paid, patient)))
        clp = f"CLP*{claim.claim}*{status}*{amounts}*12*{payer_claim}*11*1"
        total = sum((line.charge for line in claim.lines), ZERO)
        own = [f"CAS*CO*45*{_money(claim.charge - total)}"] if claim.charge != total else []
        last, first = claim.patient
        return paid, patient, [clp, *own, f"NM1*QC*1*{last}*{first}****MI*{claim.member}", *lines]

    def statuses(self) -> list[str]:
        """The 277CA: an ST for each transaction of the batch."""
        by_st: dict[str, list[tuple[SentClaim, str, str]]] = {}
        for one in self._statuses:
            by_st.setdefault(one[0].transaction, []).append(one)
        segments: list[str] = []
        for number, (st, told) in enumerate(by_st.items(), start=1):
            segments += _status_transaction(number, self._controls[f"bht{st}"], told)
        return segments

    def remittance(self, day: str, which: str) -> list[str]:
        """An 835 with all payments of one run."""
        told = self._paid[which]
        total = sum((paid for _, paid in told), ZERO)
        kept = max(-total, ZERO) if total < 0 else ZERO
        taken = f"PLB*1999000015*20261231*FB:SAMPLEBALANCE*{_money(-kept)}" if kept else ""
        method, way = ("I", "CHK") if total > 0 else ("H", "NON")
        body = [
            "ST*835*0001", f"BPR*{method}*{_money(total + kept)}*C*{way}************{day}",
            f"TRN*1*SAMPLECHECK{which}*1999999999", f"DTM*405*{day}", "N1*PR*SAMPLE PAYERS TOGETHER",
            "N3*1 SAMPLE WAY", "N4*SAMPLETON*OH*43999", "PER*BL*SAMPLE DESK*TE*5555550100",
            "N1*PE*SAMPLE THERAPY*XX*1999000015", "LX*1",
        ]  # fmt: skip
        for segments, _ in told:
            body += segments
        body += [taken] if taken else []
        return [*body, f"SE*{len(body) + 1}*0001"]


def _status_transaction(number: int, reference: str, told: Sequence[tuple[SentClaim, str, str]]) -> list[str]:
    good = [claim for claim, status, _ in told if status.startswith("A2")]
    bad = [claim for claim, status, _ in told if not status.startswith("A2")]
    first = told[0][0]
    body = [
        f"ST*277*{number:04d}*005010X214", f"BHT*0085*08*SAMPLE277{number:04d}*{DAYS['277']}*0600*TH",
        "HL*1**20*1", "NM1*AY*2*SAMPLE CLEARINGHOUSE*****46*99CLEAR", f"TRN*1*SAMPLETRACE{number:04d}",
        f"DTP*050*D8*{DAYS['277']}", f"DTP*009*D8*{DAYS['277']}",
        "HL*2*1*21*1", "NM1*41*2*SAMPLE BILLING SERVICE*****46*99SAMPLE", f"TRN*2*{reference}",
        f"STC*A1:19:PR*{DAYS['277']}*WQ*{_money(sum((c.charge for c, _, _ in told), ZERO))}",
    ]  # fmt: skip
    for code, claims in (("90", good), ("AA", bad)):
        if claims:
            body.append(f"QTY*{code}*{len(claims)}")
    for code, claims in (("YU", good), ("YY", bad)):
        if claims:
            body.append(f"AMT*{code}*{_money(sum((c.charge for c in claims), ZERO))}")
    body += ["HL*3*2*19*1", f"NM1*85*2*SAMPLE THERAPY*****XX*{first.provider}", "TRN*1*0"]
    for level, (claim, status, payer_claim) in enumerate(told, start=4):
        last, name = claim.patient
        word = "WQ" if status.startswith("A2") else "U"
        body += [
            f"HL*{level}*3*PT", f"NM1*QC*1*{last}*{name}****MI*{claim.member}", f"TRN*2*{claim.claim}",
            f"STC*{status}*{DAYS['277']}*{word}*{_money(claim.charge)}",
        ]  # fmt: skip
        body += [f"REF*1K*{payer_claim}"] if payer_claim else []
        body.append(f"DTP*472*D8*{min(line.day for line in claim.lines)}")
    return [*body, f"SE*{len(body) + 1}*{number:04d}"]


def _envelope(
    controls: dict[str, str], kind: str, segments: Sequence[str], day: str = DAYS["999"], number: str = "1"
) -> str:
    versions = {"FA": "005010X231A1", "HN": "005010X214", "HP": "005010X221A1"}
    control = f"{int(number) + 700:09d}"
    isa = (
        f"ISA*00*          *00*          *ZZ*{controls['receiver']}*ZZ*{controls['sender']}*{day[2:]}*0600*^"
        f"*00501*{control}*0*T*:"
    )
    count = sum(1 for one in segments if one.startswith("ST*"))
    inside = list(segments)
    if kind in versions:
        gs = f"GS*{kind}*SAMPLECLEARING*SAMPLEBILLING*{day}*0600*{number}*X*{versions[kind]}"
        inside = [gs, *segments, f"GE*{count}*{number}"]
    groups = int(kind in versions)
    return "".join(f"{segment}~\n" for segment in [isa, *inside, f"IEA*{groups}*{control}"])


def _negative(segment: str) -> str:
    """A segment of a payment taken back: every amount with the other sign."""
    e = segment.split("*")
    places: Iterator[int] = iter({"CLP": (3, 4, 5), "CAS": (3,), "SVC": (2, 3)}.get(e[0], ()))
    for at in places:
        if at < len(e) and e[at]:
            e[at] = _money(-Decimal(e[at]))
    return "*".join(e)


def _trimmed(segment: str) -> str:
    return segment.rstrip("*")


def _money(amount: Decimal) -> str:
    """An amount as X12 wants it: no trailing zeros."""
    text = f"{amount:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def main(arguments: list[str] | None = None) -> int:
    """Read the options, write the files and the truth."""
    parser = argparse.ArgumentParser(description="Answer an 837P batch of generate.py.")
    parser.add_argument("batch", type=Path)
    parser.add_argument("--seed", type=int, default=837)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    made = answers(options.batch.read_text("ascii"), options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in made.files.items():
        (options.out / name).write_text(text, "ascii")
    truth = [asdict(fate) for fate in made.fates]
    (options.out / "truth.json").write_text(json.dumps(truth, indent=1), "utf-8")
    print(dict(made.outcomes()), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
