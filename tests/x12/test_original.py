"""Segments as they stand in the file, found by a byte of theirs."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from scrub837.x12.original import Original
from scrub837.x12.outline import read_outline
from scrub837.x12.source import Source, open_source

FIXTURES = Path(__file__).parents[2] / "fixtures" / "edi" / "envelope"
FILES = sorted(path / "before.edi" for path in FIXTURES.iterdir())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_every_byte_leads_to_the_segment_around_it(path: Path) -> None:
    data = path.read_bytes().decode("latin-1")
    with closing(open_source(str(path))) as source:
        outline = read_outline(source)
        original = Original(source, outline.interchanges)
    with closing(original):  # the source is closed by now
        for interchange in outline.interchanges:
            listed = list(original.segments(interchange.isa.start, interchange.end))
            assert [one.text for one in listed] == [
                text.strip("\r\n\x1a")
                for text in data[interchange.isa.start : interchange.end].split(
                    interchange.separators.segment
                )
                if text.strip("\r\n\x1a")
            ]
            for segment in listed:
                assert data[segment.start : segment.end] == segment.text
                for offset in range(segment.start, segment.end + 1):
                    assert original.segment_at(offset) == segment


def test_bytes_outside_interchanges_are_in_no_segment() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"nothing of ours, and then no ISA either")
        file.flush()
        source = Source("x", file)
        with closing(Original(source, read_outline(source).interchanges)) as original:
            assert original.segment_at(3) is None
            assert list(original.segments(0, 20)) == []
