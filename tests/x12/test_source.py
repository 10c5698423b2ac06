"""What may be named as input: files, and what a shell puts in the place of one."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from scrub837.errors import InputUnreadable
from scrub837.x12.source import open_source


def test_a_pipe_of_the_shell_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"ISA*00*")
    os.close(writing)
    with closing(open_source(f"/dev/fd/{reading}")) as source:
        os.close(reading)
        assert (source.name, source.size) == (f"/dev/fd/{reading}", 7)
        assert [source.read_at(3, 99), source.read_at(0, 3)] == [b"*00*", b"ISA"]


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "batch.edi"
    os.mkfifo(path)
    with pytest.raises(
        InputUnreadable, match=f"is a pipe or a device, not a file; to read from it: - < {path}"
    ):
        open_source(str(path))


def test_nothing_and_without_end() -> None:
    with closing(open_source(os.devnull)) as source:
        assert source.size == 0
    with pytest.raises(InputUnreadable, match="not a file"):
        open_source("/dev/zero")
