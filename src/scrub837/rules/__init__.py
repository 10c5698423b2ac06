"""The rules, one a file: listing this folder lists the catalogue.

``all_rules()`` walks the package and the entry points ``scrub837.rules``; nothing is registered by hand.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points

from scrub837.rules._rule import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """One object of each rule, by code."""
    modules = [
        importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
        if not module.name.startswith("_")
    ]
    found = {
        thing.code: thing()
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Rule) and thing.__module__ == module.__name__
    }
    for entry in entry_points(group="scrub837.rules"):
        rule = entry.load()
        found.setdefault(rule.code, rule())
    return tuple(found[code] for code in sorted(found))


def rule_named(text: str) -> Rule | None:
    """A rule by its code or name, in any letter case."""
    wanted = text.strip().lower().replace("_", "-")
    return next((rule for rule in all_rules() if wanted in (rule.code.lower(), rule.name)), None)
