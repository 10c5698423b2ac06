"""A drop folder to try nights on: batches of invented people, settings, runs, and what they leave behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scrub837.configure import load_settings
from scrub837.nightly.ledger import open_ledger
from scrub837.nightly.run import run_once
from scrub837.nightly.session import Options
from scrub837.nightly.summary import Summary

FIXTURES = Path(__file__).parents[3] / "fixtures" / "edi"
SHAPE = (FIXTURES / "pairs" / "unmodified" / "before.edi").read_text("ascii")
SECOND = SHAPE[SHAPE.index("LX*2~") : SHAPE.index("SE*32")]
LAST_NAME, FIRST_NAME = "QUILLFEATHER", "MERRIWEATHER"  # of all patients, with letters behind
MEMBER = "7QF4WE8"  # their member ids begin so
BIRTH = "19471013"
FOLDERS = ("in", "working", "out", "held", "reports", "archive", "quarantine")
OLD = time.time() - 7200


def batch(n: int, *, pair: bool = False, claim: str = "") -> bytes:
    """An 837P of one claim of a patient of its own; with ``pair`` a line of it will be denied."""
    letters = "".join(chr(65 + n // 26**k % 26) for k in range(3))
    text = (
        SHAPE
        if pair
        else SHAPE.replace(SECOND, "").replace("SE*32*", "SE*28*").replace("*81***11", "*35***11")
    )
    text = text.replace("000000007", f"{n:09d}").replace("*7*X*", f"*{n}*X*").replace("GE*1*7", f"GE*1*{n}")
    text = text.replace("SAMPLE*AVERY", f"{LAST_NAME}{letters}*{FIRST_NAME}{letters}")
    text = text.replace("1EG4TE5MK73", f"{MEMBER}{n:04d}").replace("19500315", BIRTH)
    return text.replace("A-1", claim or f"N{n}-1").encode("ascii")


def cut(n: int) -> bytes:
    """The same, as if the connection had been lost."""
    return batch(n)[:-120]


@dataclass(slots=True)
class Night:
    """A drop folder on this machine; ``extra`` is put into the ``[nightly]`` table."""

    root: Path
    extra: str = ""
    top: str = ""
    settle: int = 5
    host: str = "here"
    sftp: str = ""

    def drop(self, name: str, data: bytes, *, old: bool = True) -> Path:
        """Put a file into the drop folder, as if it had been there for long."""
        path = self.root / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if old:
            os.utime(path, (OLD, OLD))
        return path

    def write_settings(self) -> Path:
        path = self.root / "scrub837.toml"
        path.write_text(
            f'as-of = "2026-11-20"\nguide = false\n{self.top}\n'
            f'[nightly]\nhost = "{self.host}"\nsettle = {self.settle}\n{self.extra}\n{self.sftp}\n',
            "utf-8",
        )
        return path

    def run(self, options: Options | None = None) -> Summary:
        """One run."""
        settings = load_settings(self.write_settings())
        assert settings.nightly is not None
        return run_once(settings, settings.nightly, options or Options())

    def names(self, folder: str) -> list[str]:
        """The files below a folder, by their path in it."""
        base = self.root / folder
        return sorted(str(path.relative_to(base)) for path in base.rglob("*") if path.is_file())

    def tree(self, *folders: str) -> dict[str, bytes]:
        """All files that people see, with their bytes."""
        return {
            f"{folder}/{name}": (self.root / folder / name).read_bytes()
            for folder in folders or FOLDERS
            for name in self.names(folder)
        }

    def ledger_rows(self) -> list[tuple[str, str, str, tuple[str, ...]]]:
        """What the ledger keeps of each file, without numbers and times."""
        with closing(open_ledger(self.root / "state" / "ledger.sqlite")) as ledger:
            return sorted(
                (row.sha256, row.outcome, row.state, tuple(sorted(row.outputs.values())))
                for row in ledger.files(10_000)
            )


def all_output(root: Path) -> Iterator[tuple[str, bytes]]:
    """What a run says of itself: logs, metrics, summaries."""
    for path in sorted((root / "state").rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
