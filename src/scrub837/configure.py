"""Settings from where people keep them: option over environment over file over profile over default.

A file is TOML: ``--config``, else ``scrub837.toml`` in the working folder, else ``[tool.scrub837]`` in its
``pyproject.toml``. Unknown keys are errors that name the nearest known one.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from scrub837.config import Profile, Settings
from scrub837.errors import SettingsInvalid
from scrub837.findings import Severity

Reader = Callable[[str, object], Any]
NAMES = ("scrub837.toml", "pyproject.toml")
TABLES = ("profiles", "nightly", "review")  # of a settings file, besides the keys


def load_settings(path: Path | None = None, options: Mapping[str, object] | None = None) -> Settings:
    """The settings of a run. ``options`` are fields of ``Settings`` from the command line; ``None`` is none.

    Raises ``SettingsInvalid``, naming the place, for a file or a value that cannot be read.
    """
    profiles = built_in_profiles()
    values: dict[str, Any] = {}
    origins = {field.name: "default" for field in fields(Settings)} | {"profiles": "built in"}
    found = path or find_file()
    if found is not None:
        table = read_toml(found)
        own = table.pop("profiles", {})
        nightly, review = table.pop("nightly", None), table.pop("review", None)
        profiles = _read_profiles(found.name, a_table(f"{found.name}: profiles", own), profiles)
        if own:
            origins["profiles"] = f"built in and {found.name}"
        for key, field in read_table(found.name, table, SETTINGS, TABLES).items():
            values[key] = field
            origins[key] = found.name
        if nightly is not None:
            from scrub837.nightly_settings import read_nightly  # noqa: PLC0415 - a check has no use for it

            drop = a_table(f"{found.name}: nightly", nightly)
            values["nightly"], keys = read_nightly(found.name, drop, found.absolute().parent)
            origins.update({f"nightly.{key}": found.name for key in keys})
        if review is not None:
            from scrub837.review_settings import read_review  # noqa: PLC0415 - as above

            page = a_table(f"{found.name}: review", review)
            values["review"], keys = read_review(found.name, page, found.absolute().parent)
            origins.update({f"review.{key}": found.name for key in keys})
    for variable, key, value in _read_environment():
        values[key] = value
        origins[key] = variable
    for key, value in (options or {}).items():
        if value is not None:
            values[key] = value
            origins[key] = "command line"
    forced = values.get("forced_profile")
    if forced is not None and forced not in profiles:
        raise SettingsInvalid(f"there is no profile {forced!r}{nearest(forced, profiles)}")
    return Settings(profiles, origins=MappingProxyType(origins), **values)


def find_file() -> Path | None:
    """The settings file of the working folder, if there is one."""
    own, project = (Path(name) for name in NAMES)
    if own.is_file():
        return own
    if project.is_file():
        try:
            text = project.read_text("utf-8")
        except OSError:
            return None
        if "[tool.scrub837" in text:
            return project
    return None


def built_in_profiles() -> dict[str, Profile]:
    """The profiles that come with the program, by name."""
    profiles = {}
    for entry in sorted(files("scrub837.profiles").iterdir(), key=lambda entry: entry.name):
        name, dot, suffix = entry.name.rpartition(".")
        if dot and suffix == "toml":
            profiles[name] = read_profile(entry.name, Profile(name), tomllib.loads(entry.read_text("utf-8")))
    return profiles


def built_in_settings(**values: Any) -> Settings:
    """Settings with the built-in profiles and nothing else, but for the values given."""
    return Settings(built_in_profiles(), **values)


def read_profile(where: str, base: Profile, table: Mapping[str, object]) -> Profile:
    """``base`` with what a TOML table says. Raises ``SettingsInvalid``."""
    table = dict(table)
    match = read_table(f"{where}: match", a_table(f"{where}: match", table.pop("match", {})), MATCH)
    return replace(base, **read_table(where, table, PROFILE), **match)


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean ...?`` when a known word is near, else the known ones."""
    known = sorted(known)
    close = get_close_matches(word, known, 1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file, or what is ours of a ``pyproject.toml``. Raises ``SettingsInvalid``."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsInvalid(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsInvalid(f"{path} is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsInvalid(f"{path} is not TOML: {error}") from error
    if path.name == "pyproject.toml":
        table = table.get("tool", {}).get("scrub837", {})
    return table


def _read_profiles(
    where: str, table: Mapping[str, object], built_in: dict[str, Profile]
) -> dict[str, Profile]:
    """Profiles of a file; one may extend a built-in one or one of the file, in any order."""
    profiles = dict(built_in)
    left = {name: dict(a_table(f"{where}: profiles.{name}", own)) for name, own in table.items()}
    while left:
        ready = [
            name
            for name, own in left.items()
            if own.get("extends", name) not in left or own.get("extends") == name
        ]
        ready = ready or [name for name, own in left.items() if "extends" not in own]
        if not ready:
            raise SettingsInvalid(
                f"{where}: profiles {', '.join(sorted(left))} extend one another in a circle"
            )
        for name in ready:
            own = left.pop(name)
            parent = own.pop("extends", name if name in built_in else None)
            if parent is not None and parent not in profiles:
                known = nearest(str(parent), profiles)
                raise SettingsInvalid(
                    f"{where}: profiles.{name} extends {parent!r}, which is no profile{known}"
                )
            base = profiles[str(parent)] if parent is not None else Profile(name)
            if parent != name:  # claims are not matched by a parent's rules twice
                base = replace(base, name=name, payer_ids=frozenset(), filing=frozenset())
            profiles[name] = read_profile(f"{where}: profiles.{name}", base, own)
    return profiles


def _read_environment() -> Iterator[tuple[str, str, Any]]:
    """Variables that are set, the field of ``Settings`` each is for, and its value."""
    for variable, (field, read) in ENVIRONMENT.items():
        text = os.environ.get(variable)
        if text:
            yield variable, field, read(variable, text)


def read_table(
    where: str,
    table: Mapping[str, object],
    known: Mapping[str, tuple[str, Reader]],
    tables: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The fields that a TOML table gives; ``tables`` are further names to guess from. ``SettingsInvalid``."""
    values = {}
    for key, value in table.items():
        if key not in known:
            raise SettingsInvalid(f"{where}: there is no setting {key!r}{nearest(key, [*known, *tables])}")
        field, read = known[key]
        values[field] = read(f"{where}: {key}", value)
    return values


# --- readers: each takes where the value stands and the value ----------------------------------------


def a_table(where: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise SettingsInvalid(f"{where} is a table, as in [{where.rpartition(': ')[2]}]")
    return value


def yes_no(where: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingsInvalid(f"{where} is true or false, not {value!r}")
    return value


def a_text(where: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SettingsInvalid(f"{where} is a text, not {value!r}")
    return value


def _texts(where: str, value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SettingsInvalid(f'{where} is a list of texts, as in ["00831"]')
    return frozenset(value)


def _reasons(where: str, value: object) -> Mapping[str, str]:
    return MappingProxyType(
        {code.upper(): a_text(f"{where}.{code}", why) for code, why in a_table(where, value).items()}
    )


def a_day(where: str, value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise SettingsInvalid(f"{where} is a date, as in 2026-11-03")
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        raise SettingsInvalid(f"{where} is a date, as in 2026-11-03, not {value!r}") from None


def a_count(where: str, value: object) -> int:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SettingsInvalid(f"{where} is a number from 1 up, not {value!r}")
    return value


def _zone(where: str, value: object) -> str:
    name = a_text(where, value)
    try:
        ZoneInfo(name)
    except (OSError, ValueError):
        raise SettingsInvalid(f"{where}: {name!r} is no time zone; as in America/Chicago") from None
    return name


def _severity(where: str, value: object) -> Severity:
    return Severity(one_of(*(severity.value for severity in Severity))(where, value))


def _severities(where: str, value: object) -> Mapping[str, Severity]:
    return MappingProxyType(
        {name: _severity(f"{where}.{name}", level) for name, level in a_table(where, value).items()}
    )


def a_path(where: str, value: object) -> Path:
    return Path(a_text(where, value)).expanduser()


def _paths(where: str, value: object) -> tuple[Path, ...]:
    if isinstance(value, str):
        return (a_path(where, value),)
    if not isinstance(value, list):
        raise SettingsInvalid(f'{where} is a path or a list of paths, as in ["waivers.toml"]')
    return tuple(a_path(where, item) for item in value)


def one_of(*known: str) -> Reader:
    def read(where: str, value: object) -> str:
        if value not in known:
            raise SettingsInvalid(f"{where} is one of {', '.join(known)}, not {value!r}")
        return str(value)

    return read


SETTINGS: Mapping[str, tuple[str, Reader]] = {
    "profile": ("forced_profile", a_text),
    "fail-on": ("fail_on", _severity),
    "ignore": ("ignore", _texts),
    "severity": ("severity", _severities),
    "as-of": ("today", a_day),
    "time-zone": ("time_zone", _zone),
    "redact": ("redact", yes_no),
    "guide": ("guide", yes_no),
    "jobs": ("jobs", a_count),
    "expect-usage": ("expect_usage", one_of("P", "T")),
    "reference": ("reference", a_path),
    "waivers": ("waiver_files", _paths),
}
ENVIRONMENT: Mapping[str, tuple[str, Reader]] = {
    f"SCRUB837_{key.upper().replace('-', '_')}": entry
    for key, entry in SETTINGS.items()
    if key in ("profile", "fail-on", "as-of", "time-zone", "jobs", "reference")
}
MATCH: Mapping[str, tuple[str, Reader]] = {"payer-id": ("payer_ids", _texts), "filing": ("filing", _texts)}
PROFILE: Mapping[str, tuple[str, Reader]] = {
    "program": ("program", one_of("medicare", "medicaid")),
    "medicare": ("medicare", yes_no),
    "timed-units": ("timed_units", one_of("cms", "ama", "full15", "none", "unknown")),
    "modifier-line": ("modifier_line", one_of("column-2", "column-1", "either")),
    "column-1-from": ("column_1_from", a_day),
    "same-provider": ("same_provider", one_of("rendering", "group-specialty", "billing")),
    "requires-discipline": ("requires_discipline", yes_no),
    "prefers-x": ("prefers_x", yes_no),
    "ignores-59": ("ignores_59", yes_no),
    "assistant-modifiers": ("assistant_modifiers", yes_no),
    "line-notes": ("line_notes", yes_no),
    "strict-documentation": ("strict_documentation", yes_no),
    "lower-units": ("lower_units", yes_no),
    "unaccepted-frequencies": ("unaccepted_frequencies", _texts),
    "denied-codes": ("denied_codes", _reasons),
}
