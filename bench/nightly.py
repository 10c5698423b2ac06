"""Measure a night beside a check of the same files: the same reports and corrected files.

    python bench/nightly.py --files 1000 --claims 5 --runs 3 [--no-guide] [--sftp]

Five of the files cannot be used: cut, empty, or no 837P. Seconds of the clock and of the processors are
given, each also as a ratio to the check that was run just before: the medians of all runs. With ``--sftp``
the drop folder and the folder for what is sent are on an OpenSSH server on loopback, whose own time is not
counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
BAD = (b"", b"\n", b"visit notes\n", b"PK\x03\x04" + bytes(2000), b"ISA*00*")  # empty: a batch that is cut
SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host_key
AuthorizedKeysFile {home}/user_key.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
LogLevel ERROR
Subsystem sftp internal-sftp
"""


def generate(folder: Path, files: int, claims: int) -> None:
    """Batches of one practice, each with a seed of its own, written an hour ago."""
    folder.mkdir(parents=True)
    old = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    sys.path.insert(0, str(HERE))
    from generate import main  # noqa: PLC0415 - stands beside this file

    for n in range(files):
        path = folder / f"batch{n:05}.837"
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - no path
            out, sys.stderr = sys.stderr, nowhere
            try:
                main(["--claims", str(claims), "--seed", str(n), "--out", str(path)])
            finally:
                sys.stderr = out
        if n < len(BAD):
            path.write_bytes(BAD[n] or path.read_bytes()[:-200])
        os.utime(path, (old, old))


def timed(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Seconds of the clock and of the processors that a command takes."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SCRUB837", "PYTHON"))}
    environment |= {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with (folder / "words").open("wb") as words:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=words, check=False
        )
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1, 2) or "internal error" in (folder / "words").read_text("utf-8"):
        sys.exit(f"{command[:4]} ended with {done.returncode}: {(folder / 'words').read_text('utf-8')[:500]}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def server(home: Path) -> Iterator[str]:
    """An OpenSSH server; gives the start of an address on it."""
    home.mkdir()
    for name in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / name)], check=True)  # noqa: S607
    port = 20_000 + os.getpid() % 20_000
    key = (home / "host_key.pub").read_text("ascii")
    (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}", "ascii")
    (home / "sshd_config").write_text(SSHD.format(port=port, home=home), "ascii")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") or sys.exit("there is no sshd")
    process = subprocess.Popen([program, "-D", "-f", str(home / "sshd_config")])
    time.sleep(1)
    user = subprocess.check_output(["id", "-un"], text=True).strip()  # noqa: S607
    try:
        yield f"sftp://{user}@127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def check(base: Path, name: str, *, guide: bool) -> tuple[float, float]:
    """What a person would do instead: all files in one check."""
    (base / name).mkdir()
    command = [sys.executable, "-m", "scrub837", "check", "--as-of", "2026-11-20", "--jobs", "1"]
    command += [] if guide else ["--no-guide"]
    command += ["--output", "r.txt", "--output", "r.json", "--corrected", "corrected", "--format", "concise"]
    return timed([*command, *sorted(map(str, (base / "files").iterdir()))], base / name)


def night(base: Path, name: str, source: Path, url: str, *, guide: bool) -> tuple[float, float]:
    """A run over a copy of the files."""
    root = base / name
    root.mkdir()
    shutil.copytree(source, root / "in")
    settings = f"guide = {str(guide).lower()}\nas-of = 2026-11-20\n[nightly]\n"
    if url:
        settings += f'inbox = "{url}{root}/in"\nout = "{url}{root}/out"\nheld = "{url}{root}/held"\n'
        settings += f'[nightly.sftp]\nkey = "{base}/ssh/user_key"\nknown-hosts = "{base}/ssh/known_hosts"\n'
    (root / "scrub837.toml").write_text(settings, "utf-8")
    return timed([sys.executable, "-m", "scrub837", "run"], root)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--claims", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-guide", action="store_true")
    parser.add_argument("--sftp", action="store_true")
    chosen = parser.parse_args()
    guide = not chosen.no_guide
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a check keeps what it says of every file open
    with tempfile.TemporaryDirectory(prefix="scrub837-bench-") as text, ExitStack() as stack:
        base = Path(text)
        generate(base / "files", chosen.files, chosen.claims)
        size = sum(path.stat().st_size for path in (base / "files").iterdir())
        told = (
            f"{chosen.files} files, {size / chosen.files:,.0f} bytes each, guide {'on' if guide else 'off'}"
        )
        print(told)
        places = {"run, this machine": ""}
        if chosen.sftp:
            places["run, SFTP"] = stack.enter_context(server(base / "ssh"))
        rows: dict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
        for turn in range(chosen.runs):
            for name, url in places.items():
                yard = check(base, f"{name} {turn} check", guide=guide)
                clock, cpu = night(base, f"{name} {turn}".replace(" ", "-"), base / "files", url, guide=guide)
                rows["check"].append((*yard, 1.0, 1.0))
                rows[name].append((clock, cpu, clock / yard[0], cpu / yard[1]))
        for name, found in rows.items():
            clock, cpu, longer, more = (median(column) for column in zip(*found, strict=True))
            print(f"{name:<20} {clock:8.2f} s {cpu:8.2f} s cpu   {longer:5.2f} x {more:5.2f} x")


if __name__ == "__main__":
    main()
