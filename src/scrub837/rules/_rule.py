"""What a rule is. One class in one file; nothing else has to be touched to add one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from scrub837.findings import Edit, Finding, Fix, Location, Safety, Severity
from scrub837.reference.records import edges, quarter_of

if TYPE_CHECKING:
    from scrub837.claims.documentation import Documentation
    from scrub837.claims.encounters import Encounter
    from scrub837.claims.sent import Seal
    from scrub837.config import Settings
    from scrub837.reference.store import Reference


T = TypeVar("T")
_REMEMBERED = 1 << 12
HEADINGS = ("What it checks", "Why it matters", "What to do", "About the fix", "Sources")


Period = tuple[str, int, int]  # see Context.period
Note = tuple[str, str, int]  # rule name, reason, lines


class Scope(StrEnum):
    """What a rule is shown.

    ``service`` and ``encounter`` rules are pure: what they say depends only on what the lines bill (code,
    modifiers, unit, units, place of service, days), the payer profile, the claim frequency, the reference
    data of the date and the treatment-time log. So their silence is remembered, and a batch of 100,000 lines
    asks them a few hundred times. A rule that looks at anything else has another scope. What rules look at in
    rows of the log of the usual kind is listed in ``_usual``.
    """

    FILE = "file"  # Outline of the file
    TRANSACTION = "transaction"  # a Body after its claims were read
    CLAIM = "claim"  # Claim
    LINE = "line"  # Line
    SERVICE = "service"  # Line, but only what it bills
    ENCOUNTER = "encounter"  # Encounter, only what its lines bill
    DAY = "day"  # PatientDay with several providers, or with something documented
    PROVIDER = "provider"  # ProviderWork: what the log tells of one provider in the whole file
    GUIDE = "guide"  # GuideRead: what pyx12 said of a transaction
    EARLIER = "earlier"  # SentDay: an encounter for which earlier files billed, where there is a ledger
    EARLIER_FILE = "earlier-file"  # SentFile: the file beside those that were sent before
    WAIVER = "waiver"  # WaiverUse: what became of a waiver


class Context:
    """What a rule may know besides its subject."""

    def __init__(
        self,
        settings: Settings,
        reference: Reference,
        documentation: Documentation,
        today: date,
        seal: Seal | None = None,
    ) -> None:
        self.settings = settings
        self.reference = reference
        self.documentation = documentation
        self.today = today  # in the time zone of the settings
        self.seal = seal  # of the ledger, where there is one
        self.notes: list[Note] = []  # what could not be checked, as it comes
        self._known: dict[tuple[str, Hashable], object] = {}
        self._periods: dict[date, Period] = {}
        self._edges_known = 0
        self._own_edges: set[date] = set()
        for profile in settings.profiles.values():
            self._own_edges |= edges(profile.column_1_from, None)

    def period(self, day: date) -> Period:
        """A value that is the same for days on which the same reference data is in force.

        Editions and nearly all pairs begin and end with a quarter, so it tells quarters apart, and the parts
        of a quarter in which a pair that was looked up begins or ends. When another such day becomes known,
        no value that was given before is given again for a day of its quarter.
        """
        changes = self.reference.edges
        if len(changes) != self._edges_known:
            self._edges_known = len(changes)
            self._periods.clear()
        known = self._periods.get(day)
        if known is None:
            quarter = quarter_of(day)
            within = [edge for edge in changes | self._own_edges if quarter_of(edge) == quarter]
            known = self._periods[day] = quarter, len(within), sum(edge <= day for edge in within)
        return known

    def know(self, what: str, encounter: Encounter, work_out: Callable[[], T]) -> T:
        """What is worked out for an encounter, once for all that are alike. It must not hold their lines."""
        if encounter.alike is None:
            return work_out()
        key = what, encounter.alike
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[key] = work_out()
        return cast(T, found)

    def not_checked(self, rule: Rule, reason: str, lines: int = 1) -> None:
        """Say that ``rule`` could not judge so many lines, and why. What is left out must not pass."""
        self.notes.append((rule.name, reason, lines))


class Rule:
    """Base of all rules; subclasses set the class variables, a docstring, ``examples`` and ``check``.

    The docstring holds a first sentence and then each of ``HEADINGS`` on a line of its own with its text
    indented below: ``explain`` and the documentation print it.
    """

    code: ClassVar[str]  # "PTP001"
    name: ClassVar[str]  # "ptp-unbypassed"
    severity: ClassVar[Severity]  # the usual one; a finding may carry another
    scope: ClassVar[Scope]
    facet: ClassVar[str] = ""  # of a claim rule: what its silence depends on, see claims.facets
    fix: ClassVar[str] = "never"  # never | sometimes | always
    needs_log: ClassVar[bool] = (
        False  # of scope day or provider, and says nothing without a treatment-time log
    )
    examples: ClassVar[tuple[Example, ...]] = ()

    def check(self, subject: Any, context: Context) -> Iterable[Finding]:
        """Findings of this rule on one subject of its scope."""
        raise NotImplementedError

    def finding(
        self,
        location: Location,
        message: str,
        *,
        why: str = "",
        action: str = "",
        severity: Severity | None = None,
        related: Iterable[Location] = (),
        facts: Mapping[str, Any] | None = None,
        fix: Fix | None = None,
    ) -> Finding:
        """A finding of this rule."""
        return Finding(
            code=self.code,
            name=self.name,
            severity=severity or self.severity,
            message=message,
            why=why,
            action=action,
            location=location,
            related=tuple(related),
            facts=facts or {},
            fix=fix,
        )

    @classmethod
    def page(cls) -> str:
        """The explanation of the rule: its docstring, dedented."""
        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def section(cls, heading: str) -> str:
        """The text under one of ``HEADINGS``, empty when the page has none."""
        lines: list[str] = []
        inside = False
        for line in cls.page().splitlines():
            if line in HEADINGS:
                inside = line == heading
            elif inside:
                lines.append(line)
        return inspect.cleandoc("\n" + "\n".join(lines)).strip()


class Example:
    """A claim in the notation of ``scrub837.testing`` and what the rule says of it.

    ``Bad`` claims must give a finding of the rule, ``Good`` ones none. ``edits`` are (old, new) replacements
    in the text of the 837P that the notation builds, for faults it cannot write. ``fixed`` is what the
    corrected file must hold.
    """

    __slots__ = ("claim", "edits", "fixed", "profile", "title")

    def __init__(
        self,
        claim: str,
        *,
        title: str = "",
        edits: tuple[tuple[str, str], ...] = (),
        profile: str | None = None,
        fixed: str | None = None,
    ) -> None:
        self.claim = claim
        self.title = title
        self.edits = edits
        self.profile = profile
        self.fixed = fixed


class Bad(Example):
    """An example the rule must find fault with."""

    __slots__ = ()


class Good(Example):
    """An example the rule must leave alone."""

    __slots__ = ()


def replace(location: Location, before: str, after: str, *, safety: Safety = Safety.SAFE) -> Fix:
    """A correction that replaces the whole of ``location``; for a person to make where line ends wrap it."""
    assert location.start is not None  # noqa: S101 - rules build fixes only on places with a range
    assert location.end is not None  # noqa: S101
    if location.end - location.start != len(before):
        return manual(before, after, "blanks or line ends stand inside it")
    return Fix(
        safety=safety, before=before, after=after, edits=(Edit(location.start, location.end, before, after),)
    )


def manual(before: str, after: str, reason: str) -> Fix:
    """A correction that is shown and never written."""
    return Fix(safety=Safety.MANUAL, before=before, after=after, reason=reason)
