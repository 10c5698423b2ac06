"""Short answers to batches of ``scrub837.testing``, for tests: a line a claim."""

from __future__ import annotations

from scrub837.testing import PATIENTS

ISA = "ISA*00*          *00*          *ZZ*EXAMPLERECEIVER*ZZ*EXAMPLESENDER  *{}*0600*^*00501*{:09d}*0*P*:"


def envelope(kind: str, version: str, segments: list[str], day: str, number: int) -> str:
    """A file of one transaction."""
    name = segments[0].split("*")[1]
    body = [*segments, f"SE*{len(segments) + 1}*0001"]
    gs = f"GS*{kind}*EXAMPLERECEIVER*EXAMPLESENDER*20{day}*0600*{number}*X*{version}"
    whole = [ISA.format(day, number), gs, *body, f"GE*1*{number}", f"IEA*1*{number:09d}"]
    assert name in ("277", "835", "999")
    return "".join(f"{segment}~\n" for segment in whole)


def statuses(
    *claims: tuple[str, str, str, str], reference: str = "EXAMPLE", day: str = "261112", number: int = 811
) -> str:
    """A 277CA: CLM01, patient (A to E), STC01, and the payer's claim number or nothing, of each claim."""
    body = [
        "ST*277*0001*005010X214", f"BHT*0085*08*EX277*20{day}*0600*TH", "HL*1**20*1",
        "NM1*AY*2*EXAMPLE CLEARINGHOUSE*****46*EXCLEAR", "TRN*1*EXTRACE", f"DTP*050*D8*20{day}",
        f"DTP*009*D8*20{day}", "HL*2*1*21*1", "NM1*41*2*EXAMPLE BILLING*****46*EXBILL", f"TRN*2*{reference}",
        f"STC*A1:19:PR*20{day}*WQ*0", "HL*3*2*19*1", "NM1*85*2*EXAMPLE THERAPY GROUP*****XX*1999000015",
        "TRN*1*0",
    ]  # fmt: skip
    for level, (claim, patient, status, payer_claim) in enumerate(claims, start=4):
        last, first, member, *_ = PATIENTS[patient]
        body += [f"HL*{level}*3*PT", f"NM1*QC*1*{last}*{first}****MI*{member}", f"TRN*2*{claim}"]
        body.append(f"STC*{status}*20{day}*WQ*50")
        body += [f"REF*1K*{payer_claim}"] if payer_claim else []
    return envelope("HN", "005010X214", body, day, number)


def remittance(*claims: tuple[str, ...], day: str = "261124", number: int = 821) -> str:
    """An 835: CLM01, patient, payer's number, then of each line "HC:97110:GP 50 40 CO-45-10"."""
    made, total = list[str](), 0
    for claim, patient, payer_claim, *lines in claims:
        services, charge, paid = list[str](), 0, 0
        for at, line in enumerate(lines, start=1):
            procedure, billed, pays, *adjusted = line.split()
            services += [f"SVC*{procedure}*{billed}*{pays}", "DTM*472*20261103"]
            services += ["CAS*{}*{}*{}".format(*one.split("-")) for one in adjusted]
            services.append(f"REF*6R*{claim}L{at}")
            charge, paid = charge + int(billed), paid + int(pays)
        last, first, member, *_ = PATIENTS[patient]
        made.append(f"CLP*{claim}*{1 if paid else 4}*{charge}*{paid}**12*{payer_claim}*11*1")
        made += [f"NM1*QC*1*{last}*{first}****MI*{member}", *services]
        total += paid
    way = ("I", "CHK") if total else ("H", "NON")
    head = [
        "ST*835*0001", f"BPR*{way[0]}*{total}*C*{way[1]}************20{day}", "TRN*1*EXCHECK*1999999999",
        f"DTM*405*20{day}", "N1*PR*EXAMPLE PAYER", "N3*1 EXAMPLE WAY", "N4*EXAMPLETON*OH*43999",
        "PER*BL*EXAMPLE DESK*TE*5555550100", "N1*PE*EXAMPLE THERAPY GROUP*XX*1999000015", "LX*1",
    ]  # fmt: skip
    return envelope("HP", "005010X221A1", [*head, *made], day, number)
