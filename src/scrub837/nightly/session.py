"""An open run: what all its steps share."""

from __future__ import annotations

import os
import posixpath
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from scrub837.config import Settings
from scrub837.nightly.attempts import Attempts
from scrub837.nightly.folder import Folder
from scrub837.nightly.ledger import Ledger
from scrub837.nightly.log import Log
from scrub837.nightly.memory import Memory
from scrub837.nightly.outputs import Desk
from scrub837.nightly.publish import Plan, Publisher
from scrub837.nightly.summary import Summary
from scrub837.nightly_settings import Nightly
from scrub837.reference.store import Reference

ON_FINDING_LIMIT = 60  # seconds


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says besides the settings."""

    on_finding: str | None = None
    stopping: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class Session:
    """An open run."""

    settings: Settings
    nightly: Nightly
    options: Options
    host: str
    log: Log
    reference: Reference
    ledger: Ledger
    inbox: Folder
    desk: Desk
    publisher: Publisher
    spool: Path
    memory: Memory
    attempts: Attempts
    summary: Summary
    number: int = 0  # of the run in the ledger
    keep_place: bool = False  # something decided could not be done
    waivers_met: set[str] = field(default_factory=set)  # that were for some finding of the run
    _labels: dict[str, str] = field(default_factory=dict)  # of names
    published: dict[int, tuple[str, datetime, dict[str, str]]] = field(default_factory=dict)

    def keep_outcomes(self) -> None:
        """Tell the ledger what became of the files whose renames are all made, and forget their plans."""
        self.publisher.stores.flush()  # first, or a power failure could undo what is forgotten
        if self.published:
            with self.ledger.database.transaction():
                for number, (outcome, finished, names) in self.published.items():
                    self.ledger.note(number, outcome=outcome, finished=finished, outputs=names)
        self.published.clear()

    def problem(self, text: str) -> None:
        """Something for a person."""
        if text not in self.summary.problems:
            self.summary.problems.append(text)

    def label(self, name: str) -> str:
        """What a file is called in logs: a hash, unless the settings say that names tell nothing."""
        if self.nightly.file_names == "plain":
            return "".join(c if c.isalnum() or c in " ._-" else "_" for c in posixpath.basename(name))[:120]
        return self.hash_of(name)

    def hash_of(self, name: str) -> str:
        """What a file is called where its name must not be told."""
        known = self._labels.get(name)
        if known is None:
            known = self._labels[name] = self.ledger.label_of(name)
        return known

    def names_of(self, plan: Plan) -> dict[str, str]:
        """What the ledger is told of the outputs: without the partner's part of their names, unless plain."""
        plain = self.nightly.file_names == "plain" or not plan.originals
        return plan.outputs if plain else plan.veiled(self.hash_of).outputs

    def on_finding(self, plan: Plan) -> None:
        """Call the operator's command for a file with findings."""
        command = self.options.on_finding or self.nightly.on_finding
        if not command:
            return
        told = {
            "SCRUB837_OUTCOME": plan.outcome,
            "SCRUB837_KEY": plan.key,
            "SCRUB837_SHA256": plan.sha256,
            "SCRUB837_FINDINGS": " ".join(f"{name}={n}" for name, n in sorted(plan.findings.items())),
        }
        try:
            subprocess.run(  # noqa: S603 - the operator's own command, no shell, nothing of a claim in it
                shlex.split(command),
                env={**os.environ, **told},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=ON_FINDING_LIMIT,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            self.log.warning("on-finding failed", reason=type(error).__name__)
            self.problem("the on-finding command failed")
