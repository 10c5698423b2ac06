"""Builds 837P files and treatment-time logs from a short notation, and judges them. For examples and tests.

A file is claims joined by `` || ``; a claim is ``options | line ; line ; ...`` (options may be left out).

======================  ==================================================================================
claim options           ``payer=MB dos=2026-11-03 freq=1 place=11 patient=A total=95 dx=M542,M25511 id=C1``
                        ``provider=P1 onset=... f8=PAYERNO 454=20261001`` (dates for DTP)
of the first claim      ``pairs=97750/98981/0,...`` invented edits in force since 2000 instead of the starter
                        edition's; ``with=ignores-59,...`` what is true of every payer profile;
                        ``limits=97161/1/3,...`` invented unit limits with their indicator;
                        ``isa=000000002 gs=2`` control numbers
                        ``waive=mod-format:2026-12-31,...`` waivers until that day, of this claim; a third
                        part says of what else: ``-`` the file, ``*`` all claims of Medicare
line                    ``97140:GP:59 x1 $45 {P2}`` and ``dos= to= place= unit= ptr=1:2``
documented              ``@15`` minutes, ``0900-0915`` intervals (several), ``[knee R]`` area, ``mode=group``
                        ``role=PTA session=2 reason=separate_block doc=NOTE7 ytd=2500 timed=45 treatment=50``
                        ``unattested``; an interval may carry its own minutes and role: ``0908-0915/PTA``
done, not billed        a line that begins with ``-``: ``-97110 @7``
======================  ==================================================================================

A file that was sent before stands before `` ==> ``; there may be several. It has a ledger then.

All people, payers and identifiers are invented. Underscores in values stand for blanks.
"""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from scrub837.claims.documentation import Documentation
from scrub837.claims.timelog import open_time_log
from scrub837.config import Settings, Waiver
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.findings import Finding
from scrub837.nightly.ledger import FileEntry, Ledger, open_ledger
from scrub837.reference.database import SCHEMA, FileFacts, Rationales, add_file
from scrub837.reference.records import day_number
from scrub837.reference.store import Reference, open_reference
from scrub837.results import FileReport
from scrub837.standing import tell_of_unused
from scrub837.waivers import EVERY
from scrub837.x12.source import Source

TODAY = date(2026, 11, 20)  # the day on which examples are judged
PROVIDERS = {  # alias -> NPI, last name, taxonomy
    "P1": ("1999001013", "ALDER", "225100000X"),
    "P2": ("1999001021", "BIRCH", "225X00000X"),
    "P3": ("1999001039", "CEDAR", "225100000X"),
    "DC": ("1999001047", "DOGWOOD", "111N00000X"),
    "SLP": ("1999001054", "ELM", "235Z00000X"),
    "MD": ("1999001070", "GINKGO", "207RC0200X"),
}
BILLING_NPI = "1999000015"
PATIENTS = {
    "A": ("SAMPLE", "AVERY", "1EG4TE5MK73", "19500315", "F"),
    "B": ("SPECIMEN", "BLAKE", "1EG4TE5MK74", "19480722", "M"),
    "C": ("EXAMPLE", "CASEY", "1EG4TE5MK75", "19610101", "U"),
    "D": ("MOCKUP", "DEVON", "1EG4TE5MK76", "19550909", "F"),
    "E": ("FIGMENT", "ELLIS", "1EG4TE5MK77", "19420617", "M"),
}
PAYERS = {"MB": ("EXAMPLE MEDICARE CONTRACTOR", "EXMAC"), "MC": ("EXAMPLE STATE MEDICAID", "EXMCD")}
ISA = "ISA*00*          *00*          *ZZ*EXAMPLESENDER  *ZZ*EXAMPLERECEIVER*"
LOG_COLUMNS = (
    "claim_id", "line_ref", "dos", "code", "start", "stop", "minutes", "mode", "provider_npi",
    "provider_role", "area", "side", "session", "reason", "doc_ref", "attested_by", "attested_at",
    "total_timed", "total_treatment", "ytd_allowed_before",
)  # fmt: skip


@dataclass(slots=True)
class _Line:
    code: str
    modifiers: list[str]
    billed: bool
    options: dict[str, str] = field(default_factory=dict)
    intervals: list[tuple[str, str, str]] = field(default_factory=list)  # start, stop, role
    area: str = ""
    side: str = ""
    attested: bool = True

    @property
    def documented(self) -> bool:
        return bool(self.intervals or "minutes" in self.options)


@dataclass(slots=True)
class _Claim:
    options: dict[str, str]
    lines: list[_Line]


@dataclass(frozen=True, slots=True)
class Built:
    """An 837P and, where something is documented, its log."""

    edi: bytes
    log: str | None
    pairs: tuple[str, ...] = ()  # column 1/column 2/indicator
    true: frozenset[str] = frozenset()  # fields of every profile
    waivers: tuple[Waiver, ...] = ()
    limits: tuple[str, ...] = ()  # code/units/indicator
    earlier: tuple[Built, ...] = ()  # files that were sent before


def build(notation: str, edits: tuple[tuple[str, str], ...] = ()) -> Built:
    """The 837P and log of a notation, with ``edits`` made in the text of the 837P (each must fit)."""
    *before, notation = notation.split(" ==> ")
    claims = [_read_claim(text) for text in notation.split("||")]
    for number, claim in enumerate(claims, start=1):
        claim.options.setdefault("id", f"C{number}")
    text = "".join(segment + "~\n" for segment in _segments(claims))
    for old, new in edits:
        if old not in text:
            raise ValueError(f"the built file holds no {old!r}")
        text = text.replace(old, new)
    options = claims[0].options
    pairs = tuple(filter(None, options.get("pairs", "").split(",")))
    true = frozenset(filter(None, options.get("with", "").replace("-", "_").split(",")))
    limits = tuple(filter(None, options.get("limits", "").split(",")))
    earlier = tuple(build(text) for text in before)
    waivers = tuple(_waiver(one, options["id"]) for one in options.get("waive", "").split(",") if one)
    return Built(text.encode("latin-1"), _log(claims), pairs, true, waivers, limits, earlier)


def judge(
    notation: str | Built,
    *,
    profile: str | None = None,
    settings: Settings | None = None,
    reference: Reference | None = None,
    edits: tuple[tuple[str, str], ...] = (),
    guide: bool = False,
) -> FileReport:
    """The report of a notation. To be closed by the caller."""
    built = build(notation, edits) if isinstance(notation, str) else notation
    settings = settings or built_in_settings(today=TODAY, guide=guide, forced_profile=profile)
    if built.true:
        values: dict[str, Any] = dict.fromkeys(built.true, True)
        profiles = {name: replace(one, **values) for name, one in settings.profiles.items()}
        settings = replace(settings, profiles=profiles)
    settings = replace(settings, waivers=(*settings.waivers, *built.waivers))
    if reference is None:
        invented = built.pairs or built.limits
        reference = _invented(built.pairs, built.limits) if invented else open_reference(None)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file, ExitStack() as opened:
        logs = []
        if built.log is not None:
            path = Path(folder, "log.csv")
            path.write_text(built.log, encoding="utf-8")
            logs.append(opened.enter_context(closing(open_time_log(path))))
        file.write(built.edi)
        file.flush()
        notes = any(one.line_notes for one in settings.profiles.values())
        job = Job(settings, reference, Documentation(logs, line_notes=notes))
        if built.earlier:
            ledger = opened.enter_context(closing(open_ledger(Path(folder, "ledger.sqlite"))))
            job = replace(job, earlier=ledger)
            for number, before in enumerate(built.earlier, start=1):
                send(ledger, before.edi, job, name=f"night-{number}.edi", day=number)
        report = scan(Source("example.edi", file), job)
        tell_of_unused([report], job.context(), whole=True)
        return report


def send(ledger: Ledger, edi: bytes, job: Job, *, name: str, day: int) -> int:
    """Check a file as ``job`` says and keep it in the ledger as sent in the night of 2026-11-``day``."""
    night = datetime(2026, 11, day, 3, tzinfo=UTC)
    with tempfile.TemporaryFile() as file:
        file.write(edi)
        file.flush()
        with closing(scan(Source(name, file), job)) as report:
            entry = FileEntry(run=None, name=name, settings="", editions="", outcome="sent", started=night)
            number = ledger.record(entry, report)
    ledger.mark_published(number, night)
    return number


def findings(notation: str | Built, name: str | None = None, **options: object) -> list[Finding]:
    """The findings of a notation, all or those of one rule; options as for ``judge``."""
    with closing(judge(notation, **options)) as report:  # type: ignore[arg-type] # passed through
        return [finding for finding in report.findings() if name is None or finding.name == name]


def _waiver(text: str, claim: str) -> Waiver:
    rule, expires, what = [*text.split(":"), claim][:3]
    named, profile = None if what == "-" else what, "medicare" if what == EVERY else None
    day, source = date.fromisoformat(expires), f"waivers.toml: {text}"
    return Waiver(rule, "told by the payer", "DANA QUILL", day, named, None, profile, source)


@cache
def _invented(pairs: tuple[str, ...], limits: tuple[str, ...]) -> Reference:
    """A reference that holds these edits and unit limits alone."""
    return Reference(None, lambda: _edits(pairs, limits))


def _edits(pairs: tuple[str, ...], limits: tuple[str, ...]) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    database.executescript(SCHEMA)
    rationales = Rationales(database)
    since, last = date(2000, 1, 1), date(2026, 12, 31)
    facts = FileFacts("medicare", "ptp", "2026Q4", "", since, last, "example rows", "", starter=True)
    rows = [
        (column1, column2, line, day_number(since), None, indicator, rationales["example"])
        for line, (column1, column2, indicator) in enumerate(pair.split("/") for pair in pairs)
    ]
    if rows:
        add_file(database, facts, rows, rationales)
    if limits:
        first = date(2026, 10, 1)
        facts = FileFacts("medicare", "mue", "2026Q4", "", first, last, "example limits", "", starter=True)
        numbered = enumerate(limit.split("/") for limit in limits)
        units = [(code, line, int(most), by, rationales["example"]) for line, (code, most, by) in numbered]
        add_file(database, facts, units, rationales)
    return database


def _read_claim(text: str) -> _Claim:
    head, bar, rest = text.partition("|")
    options = dict(token.split("=", 1) for token in head.split()) if bar else {}
    return _Claim(options, [_read_line(part) for part in (rest if bar else text).split(";")])


def _read_line(text: str) -> _Line:
    area = re.search(r"\[([^\]]*)\]", text)
    tokens = re.sub(r"\[[^\]]*\]", "", text).split()
    code, *modifiers = tokens[0].lstrip("-").split(":")
    line = _Line(code, modifiers, billed=not tokens[0].startswith("-"))
    if area:
        words = area[1].split()
        line.side = words.pop() if len(words) > 1 and words[-1] in "LRB" else ""
        line.area = " ".join(words)
    for token in tokens[1:]:
        if interval := re.fullmatch(r"(\d\d)(\d\d)-(\d\d)(\d\d)(?:/(\w+))?", token):
            start, stop = f"{interval[1]}:{interval[2]}", f"{interval[3]}:{interval[4]}"
            line.intervals.append((start, stop, interval[5] or ""))
        elif token == "unattested":  # noqa: S105 - a word of the notation
            line.attested = False
        elif "=" in token:
            key, _, value = token.partition("=")
            line.options[key] = value.replace("_", " ")
        else:
            key = {"x": "units", "$": "charge", "@": "minutes", "{": "provider"}[token[0]]
            line.options[key] = token[1:].rstrip("}")
    return line


def _segments(claims: list[_Claim]) -> list[str]:
    sent = max(_day(claim) for claim in claims) + timedelta(days=6)
    day, total = sent.strftime("%Y%m%d"), 0
    taxonomy = _provider(claims[0], claims[0].lines[0])[2]
    body = [
        "ST*837*0001*005010X222A1",
        f"BHT*0019*00*EXAMPLE*{day}*0915*CH",
        "NM1*41*2*EXAMPLE BILLING*****46*EXBILL",
        "PER*IC*DANA QUILL*TE*5555550144",
        "NM1*40*2*EXAMPLE CLEARINGHOUSE*****46*EXCLR01",
        "HL*1**20*1",
        f"PRV*BI*PXC*{taxonomy}",
        f"NM1*85*2*EXAMPLE THERAPY GROUP*****XX*{BILLING_NPI}",
        "N3*100 SAMPLE ST",
        "N4*SPRINGFIELD*IL*627010001",
        "REF*EI*990000001",
    ]
    for total, claim in enumerate(claims, start=2):
        body += _subscriber(total, claim) + _claim(claim)
    interchange, group = claims[0].options.get("isa", "000000001"), claims[0].options.get("gs", "1")
    return [
        f"{ISA}{sent:%y%m%d}*0915*^*00501*{interchange}*0*P*:",
        f"GS*HC*EXAMPLESENDER*EXAMPLERECEIVER*{day}*0915*{group}*X*005010X222A1",
        *body,
        f"SE*{len(body) + 1}*0001",
        f"GE*1*{group}",
        f"IEA*1*{interchange}",
    ]


def _subscriber(level: int, claim: _Claim) -> list[str]:
    filing = claim.options.get("payer", "MB")
    last, first, member, born, sex = PATIENTS[claim.options.get("patient", "A")]
    name, payer = PAYERS.get(filing, ("EXAMPLE HEALTH PLAN", claim.options.get("payer-id", "EXHP1")))
    return [
        f"HL*{level}*1*22*0",
        f"SBR*P*18*******{filing}",
        f"NM1*IL*1*{last}*{first}****MI*{member}",
        "N3*12 PLACEHOLDER AVE",
        "N4*SPRINGFIELD*IL*627040002",
        f"DMG*D8*{born}*{sex}",
        f"NM1*PR*2*{name}*****PI*{payer}",
    ]


def _claim(claim: _Claim) -> list[str]:
    options = claim.options
    lines = [line for line in claim.lines if line.billed]
    total = options.get("total") or _amount(sum((_charge(line) for line in lines), Decimal(0)))
    frequency = options.get("freq", "1")
    segments = [f"CLM*{options['id']}*{total}***{options.get('place', '11')}:B:{frequency}*Y*A*Y*Y"]
    manipulated = any(line.code in ("98940", "98941", "98942") for line in lines)
    initial = options.get("454", (_day(claim) - timedelta(days=14)).strftime("%Y%m%d") if manipulated else "")
    if initial not in ("", "none"):
        segments.append(f"DTP*454*D8*{initial}")
    if "f8" in options:
        segments.append(f"REF*F8*{options['f8']}")
    codes = options.get("dx", "M542").split(",")
    segments.append("HI*" + "*".join(f"{'ABF' if n else 'ABK'}:{code}" for n, code in enumerate(codes)))
    if any({"GP", "GO", "GN"} & set(line.modifiers) for line in lines):
        segments.append("NM1*DN*1*REFERRER*PAT****XX*1999000031")
    own = _provider(claim, lines[0]) if lines else PROVIDERS["P1"]
    segments += _rendering(own)
    for number, line in enumerate(lines, start=1):
        segments += _line(claim, line, number, own)
    return segments


def _line(claim: _Claim, line: _Line, number: int, own: tuple[str, str, str]) -> list[str]:
    options = line.options
    procedure = ":".join(["HC", line.code, *line.modifiers])
    first = _compact(options.get("dos") or _day(claim).isoformat())
    dates = f"RD8*{first}-{_compact(options['to'])}" if "to" in options else f"D8*{first}"
    units, unit, place = options.get("units", "1"), options.get("unit", "UN"), options.get("place", "")
    segments = [
        f"LX*{number}",
        f"SV1*{procedure}*{_amount(_charge(line))}*{unit}*{units}*{place}**{options.get('ptr', '1')}",
        f"DTP*472*{dates}",
        f"REF*6R*{claim.options['id']}L{number}",
    ]
    provider = _provider(claim, line)
    return segments + (_rendering(provider) if provider != own else [])


def _rendering(provider: tuple[str, str, str]) -> list[str]:
    npi, name, taxonomy = provider
    return [f"NM1*82*1*{name}*RILEY****XX*{npi}", f"PRV*PE*PXC*{taxonomy}"]


def _provider(claim: _Claim, line: _Line) -> tuple[str, str, str]:
    return PROVIDERS[line.options.get("provider") or claim.options.get("provider", "P1")]


def _charge(line: _Line) -> Decimal:
    if "charge" in line.options:
        return Decimal(line.options["charge"])
    units = re.sub(r"[^\d.]", "", line.options.get("units", "1")) or "1"
    return Decimal(50) * Decimal(units)


def _amount(value: Decimal) -> str:
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")


def _day(claim: _Claim) -> date:
    return date.fromisoformat(claim.options.get("dos", "2026-11-03"))


def _compact(day: str) -> str:
    return day.replace("-", "")


def _log(claims: list[_Claim]) -> str | None:
    rows = []
    for claim in claims:
        number = 0
        for line in claim.lines:
            number += line.billed
            if line.documented:
                rows += _rows(claim, line, f"{claim.options['id']}L{number}" if line.billed else "")
    if not rows:
        return None
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, LOG_COLUMNS)
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def _rows(claim: _Claim, line: _Line, reference: str) -> list[dict[str, str]]:
    options = line.options
    day = options.get("dos") or _day(claim).isoformat()
    fixed = {
        "claim_id": claim.options["id"],
        "line_ref": reference,
        "dos": day,
        "code": options.get("logcode", line.code),
        "mode": options.get("mode", ""),
        "provider_npi": _provider(claim, line)[0],
        "area": line.area,
        "side": line.side,
        "session": options.get("session", ""),
        "reason": options.get("reason", ""),
        "doc_ref": options.get("doc", ""),
        "attested_by": "THERAPIST-1" if line.attested else "",
        "attested_at": f"{day}T18:00:00" if line.attested else "",
        "total_timed": options.get("timed", ""),
        "total_treatment": options.get("treatment", ""),
        "ytd_allowed_before": options.get("ytd", ""),
    }
    role = options.get("role", "")
    if not line.intervals:
        return [fixed | {"minutes": options["minutes"], "provider_role": role}]
    minutes = options.get("minutes", "") if len(line.intervals) == 1 else ""
    return [
        fixed | {"start": start, "stop": stop, "minutes": minutes, "provider_role": own or role}
        for start, stop, own in line.intervals
    ]
