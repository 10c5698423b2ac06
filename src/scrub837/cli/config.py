"""``scrub837 config``: show, check and begin a settings file."""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import click

from scrub837.config import Profile, Settings
from scrub837.configure import SETTINGS, find_file, load_settings, nearest
from scrub837.errors import OutputUnwritable, SettingsInvalid
from scrub837.nightly_settings import entries

TEMPLATE = """\
# Settings of scrub837. Every key is optional; an option on the command line wins over this file.

# fail-on = "deny"              # lowest severity that makes the exit status 1: reject, deny, risk, info
# ignore = ["MOD002"]           # rules not to ask, by code or name
# time-zone = "America/Chicago" # decides which day is today
# expect-usage = "P"            # production folder: ISA15 has to be P
# reference = "~/ncci/reference.sqlite"

# [severity]
# m59-no-pair = "info"

# A payer: matched by its id (NM1*PR NM109) or claim filing code (SBR09).
# [profiles.acme]
# extends = "commercial-ama"    # medicare, medicaid, commercial-cms, commercial-ama, default
# match = { payer-id = ["ACME1"] }
# timed-units = "cms"           # cms (8-minute rule), ama (midpoint), full15, none, unknown
# requires-discipline = true    # GP, GO or GN on always-therapy codes
# prefers-x = true              # XE, XS, XP, XU before 59
# same-provider = "rendering"   # rendering, group-specialty, billing
# line-notes = true             # read minutes and areas from NTE
# denied-codes = { "97014" = "bill G0283" }

# The unattended run (`scrub837 run`): a drop folder, see docs/nightly.md. `scrub837 doctor` tries it.
# [nightly]
# root = "/srv/scrub837"        # the folders below stand in it
# inbox = "in"                  # or sftp://user@host/folder
# write = ["ready", "held"]     # or ["corrected"]
# formats = ["txt", "json"]     # of the reports
# time-log = ["{stem}.csv"]     # treatment times beside the batch
"""


@click.group()
def config() -> None:
    """Show, check or begin the settings."""


@config.command()
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="TOML file instead of scrub837.toml.",
)
@click.option("--profile", "name", metavar="NAME", help="Show one payer profile in full.")
def show(path: Path | None, name: str | None) -> None:
    """Print every setting and where its value came from."""
    settings = checked_settings(path)
    if name is not None:
        if name not in settings.profiles:
            raise SettingsInvalid(f"there is no profile {name!r}{nearest(name, settings.profiles)}")
        _show_profile(settings.profiles[name])
        return
    names = {field: key for key, (field, _) in SETTINGS.items()}
    for field in fields(Settings):
        if field.name in names:
            origin = settings.origins[field.name]
            by_cores = field.name == "jobs" and origin == "default"
            value = "one a core" if by_cores else _plain(getattr(settings, field.name))
            click.echo(f"{names[field.name]:<14} {value:<28} {origin}")
    click.echo(f"{'profiles':<14} {', '.join(settings.profiles)}")
    if settings.nightly is not None:
        for key, entry in entries(settings.nightly):
            origin = settings.origins.get(f"nightly.{key}", "default")
            click.echo(f"{'nightly.' + key:<26} {_plain(entry):<36} {origin}")
    click.echo("`scrub837 config show --profile NAME` prints a profile.")


@config.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
def check(path: Path | None) -> None:
    """Say whether a settings file is right.

    PATH is the file, else the one a check would read. Exit status 2, and the mistake, when it is not right.
    """
    found = path or find_file()
    settings = checked_settings(path)
    where = str(found) if found else "no settings file; the defaults"
    click.echo(f"{where}: right, {len(settings.profiles)} payer profiles")


@config.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    default="scrub837.toml",
    show_default=True,
    help="Where it is written; never over a file that is there.",
)
def init(output: Path) -> None:
    """Write a settings file to start from.

    Everything in it is commented out.
    """
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError:
        raise OutputUnwritable(f"{output} is there already; it was left as it is") from None
    except OSError as error:
        raise OutputUnwritable(f"{output} cannot be written: {error.strerror}") from error
    print(f"wrote {output}", file=sys.stderr)  # noqa: T201 - words for people


def checked_settings(path: Path | None, options: dict[str, object] | None = None) -> Settings:
    """Settings whose rule names are those of rules, and the waivers they name. Raises ``SettingsInvalid``."""
    settings = load_settings(path, options)
    if settings.ignore or settings.severity or settings.waiver_files:
        from scrub837.rules import all_rules  # noqa: PLC0415 - only needed to check names

        known = {name: rule.name for rule in all_rules() for name in (rule.code, rule.name)}
        for name in (*settings.ignore, *settings.severity):
            if name not in known:
                raise SettingsInvalid(f"there is no rule {name!r}{nearest(name, known)}"[:400])
        if settings.waiver_files:
            from scrub837.waivers import read_waivers  # noqa: PLC0415 - most runs have none

            waivers = read_waivers(settings.waiver_files, known, settings.profiles)
            settings = replace(settings, waivers=waivers)
    return settings


def _show_profile(profile: Profile) -> None:
    for field in fields(Profile):
        click.echo(f"{field.name.replace('_', '-'):<24} {_plain(getattr(profile, field.name))}")


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "-"
    if isinstance(value, tuple):
        return ", ".join(value) or "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if value is None or value in ({}, ""):
        return "-"
    if hasattr(value, "items"):
        return ", ".join(f"{key} = {item}" for key, item in value.items()) or "-"
    return str(value)
