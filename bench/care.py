"""What is done in a therapy or chiropractic visit: the plans, the pairs that need 59, the fees.

A plan lists the column 1 code of a pair before its column 2 code, which carries the 59.  So a visit cut in
two claims, or a batch that ends between them, never leaves a 59 without its partner.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

# column 1, column 2: pairs public sources name for therapy and chiropractic (APTA and CMS notices of 2020,
# Medicare NCCI policy manual chapter XI).  Which of them hold on a day is for the CMS file to say.
PAIRS = frozenset(
    [("97140", "97530"), ("97530", "97116")]
    + [(evaluation, "97140") for evaluation in ("97161", "97162", "97163", "97165", "97166", "97167")]
    + [(code, "97164") for code in ("97110", "97112", "97113", "97116", "97140", "97150", "97530")]
    + [("97150", code) for code in ("97110", "97112", "97116")]
    + [
        (manipulation, code)
        for manipulation in ("98940", "98941", "98942")
        for code in ("97112", "97124", "97140")
    ]
)
TIMED = frozenset(("97035", "97110", "97112", "97116", "97140", "97530", "97535"))
TAXONOMY = {"PT": "225100000X", "OT": "225X00000X", "SLP": "235Z00000X", "DC": "111N00000X"}
DISCIPLINE = {"PT": "GP", "OT": "GO", "SLP": "GN", "DC": "GP"}
FEES = {  # cents a unit
    "97035": 2850, "97110": 4750, "97112": 5225, "97116": 4600, "97140": 4925, "97150": 3150, "97161": 14500,
    "97164": 9800, "97165": 14800, "97530": 5800, "97535": 5150, "92507": 11200, "98940": 4300, "98941": 6150,
    "G0283": 2200,
}  # fmt: skip
REASON = "separate block of time, different area and goal"


@dataclass(frozen=True, slots=True)
class Site:
    """A body area, its side (L, R or empty) and the diagnosis that goes with it."""

    area: str
    side: str
    diagnosis: str


def _sided(area: str, left: str, right: str) -> tuple[Site, Site]:
    return Site(area, "L", left), Site(area, "R", right)


SPINE = (Site("cervical", "", "M542"), Site("thoracic", "", "M546"), Site("lumbar", "", "M5450"))
LOWER = (
    *_sided("hip", "M25552", "M25551"),
    *_sided("knee", "M25562", "M25561"),
    *_sided("ankle", "M25572", "M25571"),
)
UPPER = (*_sided("shoulder", "M25512", "M25511"), *_sided("elbow", "M25522", "M25521"))
HAND = (*_sided("wrist", "M25532", "M25531"), *_sided("hand", "M79642", "M79641"))
SPEECH_DIAGNOSES = ("R4701", "R471", "R482")
# manipulated regions with their diagnoses, and a region outside them for manual therapy
MANIPULATED = {
    "98940": (("lumbar;sacral", ("M9903", "M9904")), ("thoracic", ("M9902",)), ("lumbar", ("M9903",))),
    "98941": (
        ("thoracic;lumbar;sacral", ("M9902", "M9903", "M9904")),
        ("lumbar;sacral;pelvic", ("M9903", "M9904", "M9905")),
    ),
}
APART_FROM_SPINE = SPINE[0]


@dataclass(frozen=True, slots=True)
class Step:
    """One service of a plan: its site (0 or 1), the units or minutes it may take, whether it needs 59."""

    code: str
    site: int
    low: int
    high: int
    mode: str = "one_on_one"
    bypass: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """One service as done: what the line will bill and what the treatment-time log will show."""

    code: str
    modifiers: tuple[str, ...]
    units: str
    fee: int  # cents, of the whole line
    pointers: str
    minutes: int
    mode: str
    area: str
    side: str
    reason: str


def _steps(text: str) -> tuple[Step, ...]:
    """Read `code@site:low-high`, with `!` where 59 is needed; the span is units, or minutes if untimed."""
    steps = []
    for word in text.split():
        code, rest = word.rstrip("!").split("@")
        site, span = rest.split(":")
        low, _, high = span.partition("-")
        mode = "one_on_one"
        if code == "97150":
            mode = "group"
        elif code == "G0283":
            mode = "supervised"
        elif code in ("97161", "97164", "97165"):
            mode = "eval"
        steps.append(Step(code, int(site), int(low), int(high or low), mode, word.endswith("!")))
    return tuple(steps)


# how often each plan is followed, of a hundred visits
_WEIGHTED = {
    "PT": (
        (20, "97110@0:1-2 97112@0:1-2 97140@1:1 G0283@1:15"),
        (16, "97140@0:1 97530@1:1-2! 97110@0:1-2 97112@0:1"),
        (9, "97140@0:1-2 97530@1:1! 97110@1:1"),
        (9, "97530@0:1-2 97116@1:1! 97110@0:1 97112@0:1"),
        (8, "97161@0:25-40 97140@1:1! 97110@0:1 97035@0:1"),
        (6, "97161@0:25-40 97110@0:1 97530@1:1 G0283@0:15"),
        (6, "97110@0:1-2 97112@0:1 97164@1:15-20!"),
        (5, "97150@0:25-40 97110@1:1! 97035@0:1"),
        (13, "97110@0:1-2 97112@0:1 97116@1:1 G0283@0:15 97035@0:1"),
        (12, "97110@0:1 97112@0:1 97140@0:1 97116@1:1 97035@0:1"),
    ),
    "OT": (
        (40, "97530@0:1-2 97110@0:1 97112@1:1 97035@0:1"),
        (25, "97140@0:1 97530@1:1-2! 97110@0:1 97112@0:1"),
        (20, "97110@0:1 97112@1:1-2 97140@1:1 97035@0:1"),
        (10, "97110@0:1-2 97535@1:1-2"),
        (5, "97165@0:30-45 97110@0:1 97530@1:1"),
    ),
}
PLANS = {role: [_steps(text) for _, text in plans] for role, plans in _WEIGHTED.items()}
WEIGHTS = {role: [weight for weight, _ in plans] for role, plans in _WEIGHTED.items()}


def _timed_minutes(rng: Random, units: int, drift: int, floor: int) -> int:
    """Minutes that support `units` by the 8-minute and the midpoint rule, `drift` being spent so far.

    A line stays within 3 minutes below and 5 above its full quarters, and the visit's drift within -3 and
    +4, so that neither the whole visit nor any part of it leaves its band.  A line below its quarters keeps
    the largest remainder, so the unit goes to it.
    """
    change = rng.randint(floor, 5)
    if not -3 <= drift + change <= 4:
        change = 0
    return 15 * units + change


def therapy_visit(
    rng: Random, role: str, sites: tuple[Site, Site], fee_offset: int, first: bool
) -> list[Service]:
    """The services of one visit to a physical or occupational therapist; evaluations are for first visits."""
    (plan,) = rng.choices(PLANS[role], WEIGHTS[role])
    if not first and plan[0].mode == "eval":
        plan = PLANS[role][0]
    paired = any(step.bypass for step in plan)
    discipline = DISCIPLINE[role]
    drift = 0
    services = []
    for step in plan:
        amount = rng.randint(step.low, step.high)
        if step.code in TIMED:
            units = amount
            minutes = _timed_minutes(rng, units, drift, 0 if paired else -3)
            drift += minutes - 15 * units
        else:
            units, minutes = 1, amount
        site = sites[step.site]
        services.append(
            Service(
                code=step.code,
                modifiers=(discipline, "59") if step.bypass else (discipline,),
                units=str(units),
                fee=units * (FEES[step.code] + fee_offset),
                pointers=str(step.site + 1) if step.code != "97112" else f"{step.site + 1}:3",
                minutes=minutes,
                mode=step.mode,
                area=site.area,
                side=site.side,
                reason=REASON if paired else "",
            )
        )
    return services


def speech_visit(rng: Random, fee_offset: int) -> list[Service]:
    """One session with a speech-language pathologist."""
    fee = FEES["92507"] + fee_offset
    return [Service("92507", ("GN",), "1", fee, "1", rng.randint(30, 45), "one_on_one", "", "", "")]


def chiropractic_visit(
    rng: Random, code: str, area: str, regions: int, *, medicare: bool, fee_offset: int
) -> list[Service]:
    """One visit to a chiropractor; Medicare covers the manipulation alone, as active treatment (AT)."""
    pointers = ":".join(str(n) for n in range(1, regions + 1))
    fee = FEES[code] + fee_offset
    minutes = rng.randint(8, 12)
    if medicare:
        return [Service(code, ("AT",), "1", fee, pointers, minutes, "one_on_one", area, "", "")]
    away = APART_FROM_SPINE
    apart = str(regions + 1)
    manual = rng.random() < 0.6
    services = [
        Service(code, (), "1", fee, pointers, minutes, "one_on_one", area, "", REASON if manual else "")
    ]
    drift = 0
    if manual:
        bypass = "XS" if rng.random() < 0.2 else "59"
        drift = rng.randint(0, 3)
        fee = FEES["97140"] + fee_offset
        services.append(
            Service("97140", ("GP", bypass), "1", fee, apart, 15 + drift, "one_on_one", away.area, "", REASON)
        )
    minutes = _timed_minutes(rng, 1, drift, 0)
    fee = FEES["97110"] + fee_offset
    services.append(Service("97110", ("GP",), "1", fee, "1", minutes, "one_on_one", area, "", ""))
    if rng.random() < 0.7:
        fee = FEES["G0283"] + fee_offset
        services.append(Service("G0283", ("GP",), "1", fee, "1", 15, "supervised", area, "", ""))
    return services
