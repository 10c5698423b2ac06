"""Arrows between packages point one way, and modules stay small enough to read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import scrub837

ROOT = Path(scrub837.__file__).parent
LAYERS = [  # a module may import from its own layer and from layers above it in this list
    {"errors", "findings", "spool"},
    {"config", "profiles"},
    {"configure", "nightly_settings", "review_settings"},
    {"waivers"},
    {"x12"},
    {"claims", "reference"},
    {"rules", "results", "found", "fingerprints", "timed"},
    {"rows", "asking", "scan", "tasks", "guide_scan", "spread", "again", "before", "standing", "baseline"},
    {"engine"},
    {"fixes"},
    {"report", "testing", "responses", "nightly", "review", "resubmit", "audit"},
    {"cli"},
    {"__main__"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def package_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """Packages of ours that a module imports when it runs; what only the type checker sees does not count."""
    tree = ast.parse(path.read_text("utf-8"))
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("scrub837."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (name.name.split(".")[1] for name in node.names if name.name.startswith("scrub837."))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_point_one_way(path: Path) -> None:
    own = package_of(path)
    for other in imports_of(path):
        assert other in (own, *LAYERS[RANK[own]]) or RANK[other] < RANK[own], f"{own} must not import {other}"


def test_every_package_has_a_layer() -> None:
    assert {package_of(path) for path in MODULES} <= set(RANK)


def test_modules_are_short() -> None:
    long = {
        str(p.relative_to(ROOT)): n for p in MODULES if (n := len(p.read_text("utf-8").splitlines())) > 420
    }
    assert long == {}
