"""Measure the program beside a yardstick and beside pyx12, in one run, and print one table.

    python bench/bench.py --megabytes 40 --runs 3 --guide-megabytes 2 [--log] [--edition]

Machines differ and drift, so every row is given as a ratio to P1, measured just before it: read the file in
1 MiB chunks as Latin-1 text, split on `~`, split each segment on `*`, keep nothing.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import editions

HERE = Path(__file__).resolve().parent
YARDSTICK = "P1 yardstick: read, split, keep nothing"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to measure: a command, the bytes it reads, and what tells that it did its job."""

    name: str
    command: tuple[str, ...]
    size: int
    accepted: frozenset[int] = frozenset((0, 1))  # 1: the claims have findings
    last_words: str = ""  # how its last line on standard error must end
    needs: Path | None = None  # a file an earlier row must have written


@dataclass(slots=True)
class Measured:
    """What the runs of a row took: seconds, times the speed of P1, the peak of memory in bytes."""

    seconds: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    peak: int = 0
    failure: str = ""


def read_and_split(path: Path) -> float:
    """The yardstick; return its seconds."""
    started = time.perf_counter()
    rest = ""
    with path.open(encoding="latin-1", newline="") as file:
        while chunk := file.read(CHUNK):
            segments = (rest + chunk).split("~")
            rest = segments.pop()
            for segment in segments:
                segment.split("*")
    return time.perf_counter() - started


def spawn(command: Sequence[str], folder: Path) -> tuple[float, int, int, str]:
    """Run a command to its end: seconds, peak bytes of its largest process, exit status, last words.

    It runs in an empty folder with a home of its own, so that nobody's settings take part.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCRUB837")}
    environment |= {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with tempfile.TemporaryFile() as words:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=words,
            cwd=folder,
            env=environment,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        words.seek(0)
        lines = words.read().decode("utf-8", "replace").strip().splitlines()
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return seconds, peak, process.returncode, lines[-1] if lines else ""


def measure(rows: Sequence[Row], yardstick_file: Path, runs: int, folder: Path) -> dict[str, Measured]:
    """Measure every row `runs` times, the yardstick before each."""
    results = {row.name: Measured() for row in rows}
    base = results[YARDSTICK] = Measured()
    size = yardstick_file.stat().st_size
    yardstick = (sys.executable, str(Path(__file__).resolve()), "--yardstick", str(yardstick_file))
    for run in range(1, runs + 1):
        print(f"run {run} of {runs}", file=sys.stderr)
        for row in rows:
            result = results[row.name]
            if result.failure:
                continue
            if row.needs and not row.needs.exists():
                result.failure = f"not run: {row.needs.name} was not written"
                continue
            done = subprocess.run(yardstick, check=True, capture_output=True, text=True)
            split_seconds, split_peak = done.stdout.split()
            base.seconds.append(float(split_seconds))
            base.ratios.append(1.0)
            base.peak = max(base.peak, int(split_peak))
            seconds, peak, status, words = spawn(row.command, folder)
            if status not in row.accepted or not words.endswith(row.last_words):
                result.failure = f"exit status {status}: {words or 'no message'}"
                continue
            result.seconds.append(seconds)
            result.ratios.append((row.size / seconds) / (size / float(split_seconds)))
            result.peak = max(result.peak, peak)
    return results


def table(rows: Sequence[Row], results: dict[str, Measured], size: int) -> Iterator[str]:
    """The lines of the report: medians of seconds and ratio, the highest peak."""
    yield f"{'what':<52}{'MB':>8}{'seconds':>10}{'x P1':>9}{'MB/s':>9}{'peak MB':>9}"
    for name, read in ((YARDSTICK, size), *((row.name, row.size) for row in rows)):
        result = results[name]
        if result.failure:
            yield f"{name:<52}  {result.failure}"
            continue
        seconds = statistics.median(result.seconds)
        ratio = statistics.median(result.ratios)
        yield (
            f"{name:<52}{read / 1e6:>8.1f}{seconds:>10.3f}{ratio:>9.4f}{read / 1e6 / seconds:>9.2f}"
            f"{result.peak / 1e6:>9.1f}"
        )


def program() -> tuple[str, ...]:
    """The command of this environment: the script beside the interpreter, else the module."""
    script = Path(sys.executable).parent / "scrub837"
    return (str(script),) if script.exists() else (sys.executable, "-m", "scrub837")


def generated(folder: Path, name: str, megabytes: float, *, log: bool = False) -> Path:
    """Write a batch in a process of its own: a child counts the memory of the parent it came from."""
    path = folder / f"{name}.837"
    command = [sys.executable, str(HERE / "generate.py"), "--megabytes", str(megabytes), "--out", str(path)]
    if log:
        command += ["--log", str(folder / f"{name}.csv")]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return path


def complaint(folder: Path) -> str:
    """Say why `check` cannot be measured here, or nothing: a crash and findings can share an exit status."""
    probe = generated(folder, "probe", 0.01)
    command = [*program(), "check", "--no-guide", "--format", "json", str(probe)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if '"scrub837/report-1"' in done.stdout:
        return ""
    words = done.stderr.strip().splitlines() or ["no message"]
    return f"scrub837 check gives no report here (exit status {done.returncode}): {words[-1]}"


def rows_of(options: argparse.Namespace, folder: Path) -> tuple[list[Row], Path]:
    """Write the files and list what is to be measured; and the file of the yardstick."""
    batch = generated(folder, "batch", options.megabytes, log=options.log)
    small = generated(folder, "small", options.small_megabytes)
    guided = generated(folder, "guided", options.guide_megabytes)
    size = batch.stat().st_size
    check = (*program(), "check", "--format", "json")
    plain = (*check, "--no-guide", "--jobs")
    valid = Path(sys.executable).parent / "x12valid"
    rows = [
        Row("check --no-guide, 1 process", (*plain, "1", str(batch)), size),
        Row("check --no-guide, 2 processes *", (*plain, "2", str(batch)), size),
        Row("check --no-guide, 1 process, small file", (*plain, "1", str(small)), small.stat().st_size),
    ]
    if options.log:
        log = ("--documentation", str(folder / "batch.csv"))
        rows.append(Row("check --no-guide, 1 process, time log", (*plain, "1", *log, str(batch)), size))
    if options.edition:
        subprocess.run(
            [sys.executable, str(HERE / "editions.py"), str(folder)], check=True, stdout=subprocess.DEVNULL
        )
        files = [folder / name for name in (*editions.PTP_NAMES, editions.MUE_NAME)]
        database = folder / "edition.sqlite"
        load = (*program(), "reference", "load", *map(str, files), "--reference", str(database))
        rows += [
            Row(
                "reference load, full edition",
                load,
                sum(file.stat().st_size for file in files),
                frozenset((0,)),
            ),
            Row(
                "check --no-guide, 1 process, full edition",
                (*plain, "1", "--reference", str(database), str(batch)),
                size,
                needs=database,
            ),
        ]
    # x12valid ends with status 1 when all is well
    rows += [
        Row("check with guide, 1 process", (*check, "--jobs", "1", str(guided)), guided.stat().st_size),
        Row("check with guide, 2 processes *", (*check, "--jobs", "2", str(guided)), guided.stat().st_size),
        Row("pyx12 x12valid", (str(valid), "--quiet", str(guided)), guided.stat().st_size, last_words="OK"),
    ]
    return rows, batch


def main(arguments: list[str] | None = None) -> int:
    """Read the options, measure, print the table."""
    parser = argparse.ArgumentParser(description="Measure scrub837 beside a yardstick and beside pyx12.")
    parser.add_argument("--megabytes", type=float, default=40.0, help="size of the large batch")
    parser.add_argument(
        "--small-megabytes", type=float, default=10.0, help="size of the one that shows flat memory"
    )
    parser.add_argument("--guide-megabytes", type=float, default=2.0, help="size of the one pyx12 can finish")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--log", action="store_true", help="also measure with a treatment-time log")
    parser.add_argument("--edition", action="store_true", help="also load and use a full-size NCCI edition")
    parser.add_argument("--yardstick", type=Path, metavar="FILE", help="only P1: its seconds and peak bytes")
    options = parser.parse_args(arguments)
    if options.yardstick:
        import resource  # noqa: PLC0415 - only the yardstick's own process asks for its memory

        seconds = read_and_split(options.yardstick)
        print(
            seconds,
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        )
        return 0
    with tempfile.TemporaryDirectory(prefix="scrub837-bench-") as name:
        folder = Path(name)
        empty = folder / "empty"
        empty.mkdir()
        rows, batch = rows_of(options, folder)
        trouble = complaint(folder)
        if trouble:
            print(f"{trouble}; only the rows of others are measured", file=sys.stderr)
            rows = [row for row in rows if row.command[: len(program())] != program()]
        results = measure(rows, batch, options.runs, empty)
        print(f"median of {options.runs} runs; x P1 is the speed against the yardstick measured just before")
        for line in table(rows, results, batch.stat().st_size):
            print(line)
        print("* peak MB is that of the largest single process")
    return 0


if __name__ == "__main__":
    sys.exit(main())
