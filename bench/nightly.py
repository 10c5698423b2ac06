"""Measure a night beside a check of the same files: the same reports and corrected files.

    python bench/nightly.py --files 1000 --claims 5 [--no-guide] [--sftp]

Seconds of the clock and of the processors are given, each also as a ratio to the check. With ``--sftp`` the
drop folder and the folder for what is sent are on an OpenSSH server on loopback, started for this.
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
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
    old = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
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
    if done.returncode not in (0, 1):
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
    parser.add_argument("--no-guide", action="store_true")
    parser.add_argument("--sftp", action="store_true")
    chosen = parser.parse_args()
    guide = not chosen.no_guide
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a check keeps what it says of every file open
    with tempfile.TemporaryDirectory(prefix="scrub837-bench-") as text:
        base = Path(text)
        generate(base / "files", chosen.files, chosen.claims)
        size = sum(path.stat().st_size for path in (base / "files").iterdir())
        print(
            f"{chosen.files} files, {size / chosen.files:,.0f} bytes each, guide {'on' if guide else 'off'}"
        )
        (base / "check").mkdir()
        check = [sys.executable, "-m", "scrub837", "check", "--as-of", "2026-11-20", "--jobs", "1"]
        check += [] if guide else ["--no-guide"]
        check += [
            "--output",
            "r.txt",
            "--output",
            "r.json",
            "--corrected",
            "corrected",
            "--format",
            "concise",
        ]
        check += sorted(map(str, (base / "files").iterdir()))
        yard = timed(check, base / "check")
        rows = [("check", yard), ("run, this machine", night(base, "here", base / "files", "", guide=guide))]
        if chosen.sftp:
            with server(base / "ssh") as url:
                rows.append(("run, SFTP", night(base, "there", base / "files", url, guide=guide)))
        for name, (clock, cpu) in rows:
            ratios = f"{clock / yard[0]:5.2f} x {cpu / yard[1]:5.2f} x"
            print(f"{name:<20} {clock:8.2f} s {cpu:8.2f} s cpu   {ratios}")


if __name__ == "__main__":
    main()
