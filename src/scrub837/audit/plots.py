"""The plots of the page as values: columns over months or units, and shares with what chance may do to them.

Drawn by the template as SVG. Across, places are per cent of the width, so that text keeps its size; upwards
they are pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scrub837.audit.document import Audit, Row
from scrub837.audit.rates import FEW, interval, share
from scrub837.report.charts import Bar, Chart
from scrub837.report.words import count, money, short

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = 12  # the latest
SHOWN = 12  # rows of a plot of shares or reasons
WIDTH = 34


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Values are per cent of the height; ``part`` is the lower part of it in another tone."""

    label: str  # below it
    year: str  # at the first month, and at each January
    below: str  # how many it is about
    above: str
    value: float
    part: float
    low: float | None  # of the interval that chance allows
    high: float | None
    told: str  # all of it in words


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns side by side."""

    title: str
    note: str
    tone: str
    columns: tuple[Column, ...]
    top = 20  # pixels above the plot
    tall = 110
    height = 180

    def x(self, at: int) -> float:
        """The middle of a column."""
        return 100 * (at + 0.5) / len(self.columns)

    @property
    def width(self) -> float:
        """Of a column."""
        return min(12.0, 62 / len(self.columns))

    def y(self, value: float) -> float:
        """How far down a value is."""
        return self.top + self.tall * (1 - value / 100)


@dataclass(frozen=True, slots=True)
class Spread:
    """A share with its interval, all per cent of the width."""

    label: str
    told: str
    value: float
    low: float
    high: float
    tone: str


@dataclass(frozen=True, slots=True)
class Spreads:
    """Shares one below the other, and the one they are compared with."""

    rows: tuple[Spread, ...]
    norm: float
    norm_told: str
    row = 40

    @property
    def height(self) -> int:
        """In pixels."""
        return self.row * len(self.rows)


def month_plots(audit: Audit) -> list[Columns]:
    """How claims fared, month by month."""
    months = [row for row in audit.months if row.name[:1].isdigit()][-MONTHS:]
    if not months:
        return []
    return [
        _shares("Clean claims", "of all that were checked", months, lambda r: (r.clean, r.claims)),
        _shares("Accepted first", "of claims sent for the first time", months,
                lambda r: (r.accepted_first, r.first)),
        _shares("Paid first", "as billed, of those adjudicated", months,
                lambda r: (r.paid_first, r.decided_first)),
        _money("Came back and recovered", "green is what was paid later", months),
    ]  # fmt: skip


def _shares(title: str, note: str, months: Sequence[Row], of: Callable[[Row], tuple[int, int]]) -> Columns:
    columns = []
    for row in months:
        part, whole = of(row)
        low, high = interval(part, whole) if whole else (None, None)
        value = 100 * part / whole if whole else 0.0
        columns.append(
            Column(
                *_month(row.name, first=row is months[0]), _brief(whole),
                f"{value:.0f}%" if whole >= FEW else "",
                value, value, None if low is None else 100 * low, None if high is None else 100 * high,
                f"{row.name}: {share(part, whole)}",
            )
        )  # fmt: skip
    return Columns(title, note, "info", tuple(columns))


def _money(title: str, note: str, months: Sequence[Row]) -> Columns:
    most = max((float(row.denied_charge) for row in months), default=0.0)
    most = max(most, *(float(row.recovered) for row in months)) or 1.0
    columns = []
    for row in months:
        lost, back = float(row.denied_charge), float(row.recovered)
        told = f"{row.name}: {money(row.denied_charge)} came back, {money(row.recovered)} recovered"
        columns.append(
            Column(
                *_month(row.name, first=row is months[0]), "", _brief(round(lost), "$"),
                100 * max(lost, back) / most,
                100 * back / most, None, None, told,
            )
        )  # fmt: skip
    return Columns(title, note, "deny", tuple(columns))


def visits_plot(audit: Audit) -> Columns | None:
    """How many units visits have."""
    found = {units: visits for units, visits in audit.units_of_visits.items() if units}
    if not found:
        return None
    most, whole, last = max(found.values()), sum(found.values()), max(8, *found)
    columns = []
    for units in range(1, last + 1):
        visits = found.get(units, 0)
        name = f"{units}+" if units == last else f"{units}"
        columns.append(
            Column(
                name, "", "", _brief(visits), 100 * visits / most, 100 * visits / most, None, None,
                f"{count(visits, 'visit')} of {whole:,} with {name} units",
            )
        )  # fmt: skip
    return Columns("Units a visit", "days of claims, by their units of service", "info", tuple(columns))


def reasons_chart(audit: Audit) -> Chart:
    """What came back for which reason, by money; reasons without an amount are in the table."""
    rows = [one for one in audit.reasons if float(one.amount) > 0][:SHOWN]
    return Chart(
        tuple(
            Bar(
                short(one.code, WIDTH), f"{money(one.amount)}, {count(one.claims, 'claim')}",
                round(float(one.amount) * 100), "deny", more=one.label,
            )
            for one in rows
        )
    )  # fmt: skip


def manual_plot(audit: Audit) -> Spreads | None:
    """Who bills manual therapy with 59 or X how often, beside all."""
    rows = sorted((one for one in audit.providers if one.manual), key=lambda one: (-one.manual, one.name))
    total = audit.total
    if not rows:
        return None
    tones = {"above the others": "deny", "below the others": "risk"}
    return Spreads(
        tuple(
            _spread(
                short(one.name, WIDTH), one.manual_59 + one.manual_x, one.manual,
                tones.get(one.manual_norm, "info"), one.manual_norm,
            )
            for one in rows[:SHOWN]
        ),
        100 * (total.manual_59 + total.manual_x) / total.manual,
        f"all: {share(total.manual_59 + total.manual_x, total.manual)}",
    )  # fmt: skip


def rules_plot(audit: Audit) -> Spreads | None:
    """How many claims came back that a rule had found fault with, beside those without findings."""
    rows = audit.rules[:SHOWN]
    if not rows:
        return None
    answered = audit.unforeseen_answered
    norm = 100 * audit.unforeseen_failed / answered if answered else 0.0
    made = []
    for one in rows:
        low, high = interval(one.failed, one.claims)
        tone = "info" if 100 * low <= norm <= 100 * high or not answered else "deny"
        tone = "good" if 100 * low > norm and answered else tone
        made.append(_spread(f"{one.code} {one.name}".strip(), one.failed, one.claims, tone, ""))
    return Spreads(tuple(made), norm, f"without findings: {share(audit.unforeseen_failed, answered)}")


def _spread(label: str, part: int, whole: int, tone: str, note: str) -> Spread:
    low, high = interval(part, whole)
    told = f"{share(part, whole)}{f', {note}' if note else ''}"
    return Spread(label, told, 100 * part / whole, 100 * low, 100 * high, tone)


def _month(name: str, *, first: bool) -> tuple[str, str]:
    """A month as it is written below its column, and its year where that is new."""
    year, _, month = name.partition("-")
    return MONTH_NAMES[int(month) - 1], year if first or month == "01" else ""


def _brief(number: int, sign: str = "") -> str:
    if number >= 1_000_000:
        return f"{sign}{number / 1_000_000:.1f}m"
    if number >= 10_000:
        return f"{sign}{number / 1000:.0f}k"
    return f"{sign}{number / 1000:.1f}k" if number >= 1_000 else f"{sign}{number}"
