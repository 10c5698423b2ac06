"""``scrub837 check``: the main job."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from scrub837.claims.documentation import Documentation
from scrub837.config import Profile, Settings
from scrub837.engine import Job, cores, scan
from scrub837.reference.store import open_reference
from scrub837.report import as_json
from scrub837.results import Report
from scrub837.x12.source import open_source


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--format", "format_", default="json")
@click.option("--guide/--no-guide", default=True)
@click.option("--reference", type=Path)
@click.option("--corrected", type=Path)
@click.option("--jobs", type=int, default=None)
def check(paths, format_, guide, reference, corrected, jobs) -> int:
    settings = Settings({"default": Profile("default"), "medicare": Profile("medicare", filing=frozenset(["MB"]))}, guide=guide, jobs=jobs or cores())
    job = Job(settings, open_reference(reference), Documentation())
    files = []
    for p in paths:
        files.append(scan(open_source(p), job))
    as_json.write(Report(files, []), sys.stdout.buffer)
    worst = max(f.worst() for f in files)
    return 2 if any(f.status in ("refused", "incomplete") for f in files) else int(worst >= 2)
