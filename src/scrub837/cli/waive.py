"""Options of ``scrub837 check`` on what people decided and on what a former run found."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scrub837.cli.options import Day, file_path, tell
from scrub837.errors import OutputUnwritable, SettingsInvalid
from scrub837.findings import Severity
from scrub837.report.words import count

if TYPE_CHECKING:
    from scrub837.baseline import Baseline
    from scrub837.config import Waiver
    from scrub837.results import FileReport
    from scrub837.rules._rule import Context

_OPTIONS = (
    click.option(
        "--waivers",
        multiple=True,
        type=file_path,
        metavar="PATH",
        help="Findings that somebody answers for (TOML). May be repeated.",
    ),
    click.option(
        "--add-waivers",
        type=file_path,
        metavar="PATH",
        help="Add waivers there for the findings to work; with --reason, --by and --expires.",
    ),
    click.option("--reason", metavar="TEXT", help="Of these waivers: why."),
    click.option("--by", metavar="NAME", help="Who answers for them."),
    click.option("--expires", type=Day(), help="The last day they hold."),
    click.option("--only", multiple=True, metavar="RULE", help="Of this rule alone. May be repeated."),
    click.option(
        "--baseline",
        type=file_path,
        metavar="REPORT",
        help="JSON report of a former run: say what is new, open and gone since.",
    ),
)


@dataclass(frozen=True, slots=True)
class Waiving:
    """What was asked for."""

    files: tuple[Path, ...]
    target: Path | None
    reason: str
    person: str
    expires: date | None
    only: tuple[str, ...]
    former: Path | None

    def __post_init__(self) -> None:
        if self.target is None:
            if self.reason or self.person or self.expires or self.only:
                raise click.UsageError("--reason, --by, --expires and --only go with --add-waivers PATH")
        elif not (self.reason.strip() and self.person.strip() and self.expires):
            raise click.UsageError("no waiver without --reason TEXT, --by NAME and --expires YYYY-MM-DD")

    def baseline(self) -> Baseline | None:
        """The former report, if one is named. Raises ``SettingsInvalid``."""
        if self.former is None:
            return None
        from scrub837.baseline import Baseline  # noqa: PLC0415 - most runs have none

        return Baseline(self.former)

    def check(self, context: Context, inputs: Sequence[str]) -> None:
        """Tell before the work begins that waivers could not be added after it.

        Raises ``SettingsInvalid`` or ``OutputUnwritable``.
        """
        if self.target is None or self.expires is None:
            return
        from scrub837.fixes.publish import keep_apart  # noqa: PLC0415

        keep_apart(self.target, inputs)
        if not os.access(self.target.parent, os.W_OK):
            raise OutputUnwritable(f"{self.target}: there is no folder {self.target.parent} to write to")
        if self.expires < context.today:
            raise SettingsInvalid(f"--expires {self.expires} has passed: such a waiver would not hold")
        self._rules()
        self._there(context)

    def add(self, files: Sequence[FileReport], context: Context) -> bool:
        """Add waivers for the findings that stand. False when they could not be written, which is told."""
        if self.target is None:
            return True
        from scrub837.waivers import HEAD, as_toml  # noqa: PLC0415

        waivers = list(dict.fromkeys(self._wanted(files)))
        if not waivers:
            tell(f"{self.target}: no waiver was added, nothing that can be waived stands")
            return True
        try:
            before = self._there(context) or HEAD.encode()
            _replace(self.target.resolve(), before + as_toml(waivers).encode())
        except (OutputUnwritable, SettingsInvalid) as error:
            tell(str(error))
            return False
        tell(
            f"{self.target}: {count(len(waivers), 'waiver')} added; they hold from the next check with it on"
        )
        return True

    def _rules(self) -> frozenset[str]:
        """The names of the rules of ``--only``."""
        from scrub837.configure import nearest  # noqa: PLC0415
        from scrub837.rules import all_rules, rule_named  # noqa: PLC0415

        names = set()
        for text in self.only:
            rule = rule_named(text)
            if rule is None:
                known = [name for one in all_rules() for name in (one.code, one.name)]
                raise SettingsInvalid(f"there is no rule {text!r}{nearest(text, known)}"[:400])
            names.add(rule.name)
        return frozenset(names)

    def _there(self, context: Context) -> bytes:
        """The waiver file as it is, which has to be one; empty when there is none yet."""
        from scrub837.rules import all_rules  # noqa: PLC0415
        from scrub837.waivers import read_waivers  # noqa: PLC0415

        assert self.target is not None  # noqa: S101 - asked for only with one
        if not self.target.exists():
            return b""
        rules = {name: rule.name for rule in all_rules() for name in (rule.code, rule.name)}
        read_waivers([self.target], rules, context.settings.profiles)
        return self.target.read_bytes()

    def _wanted(self, files: Sequence[FileReport]) -> Iterator[Waiver]:
        from scrub837.waivers import waivable, waiver_for  # noqa: PLC0415

        assert self.expires is not None  # noqa: S101 - see __post_init__
        rules, refused = self._rules(), 0
        for file in files:
            for number in file.standing:
                named = file.found.name[number] in rules
                if not (named or (not rules and file.found.rank[number] >= Severity.RISK.rank)):
                    continue
                finding = file.finding(number)
                if waivable(finding):
                    yield waiver_for(finding, self.reason.strip(), self.person.strip(), self.expires)
                else:
                    refused += 1
        if refused:
            tell(f"{count(refused, 'finding')} cannot be waived: see `scrub837 explain WVR003`")


def waiver_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--waivers``, ``--add-waivers`` and what goes with it, ``--baseline``: one argument ``waiving``."""

    @functools.wraps(command)
    def call(**given: Any) -> Any:
        waiving = Waiving(
            given.pop("waivers"),
            given.pop("add_waivers"),
            given.pop("reason") or "",
            given.pop("by") or "",
            given.pop("expires"),
            given.pop("only"),
            given.pop("baseline"),
        )
        return command(waiving=waiving, **given)

    for option in reversed(_OPTIONS):
        call = option(call)
    return call


def _replace(target: Path, content: bytes) -> None:
    """Write ``content`` under the name of ``target``, whole or not at all, as readable as what was there."""
    from scrub837.fixes.publish import beside  # noqa: PLC0415

    with beside(target) as draft:
        draft.file.write(content)
        if target.exists():
            draft.path.chmod(stat.S_IMODE(target.stat().st_mode))
        draft.publish()
