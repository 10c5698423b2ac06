"""A new file of chosen claims, with changes in them and other control numbers."""

from __future__ import annotations

from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from plain import read_plainly

from scrub837.errors import CorrectionUnproven
from scrub837.findings import Edit
from scrub837.fixes.assemble import assemble
from scrub837.fixes.batch import take_apart
from scrub837.testing import build
from scrub837.x12.source import open_source


def written(folder: Path, edi: bytes, chosen: set[int], edits: list[tuple[str, str]] = ()) -> bytes:  # type: ignore[assignment] # none
    """The file of these claims; an edit is the text there (once) and the new text."""
    path, out = folder / "in.edi", BytesIO()
    path.write_bytes(edi)
    places = []
    for old, new in edits:
        assert edi.count(old.encode()) == 1
        start = edi.index(old.encode())
        places.append(Edit(start, start + len(old), old, new))
    with closing(open_source(str(path))) as source:
        batch = take_apart(source)
        places.sort(key=lambda edit: edit.start)
        assert assemble(source, batch, chosen.__contains__, out, places) == sorted(chosen)
    return out.getvalue()


def test_edits_are_made_and_counted_and_trailers_follow_their_headers(tmp_path: Path) -> None:
    edi = build("97110:GP x1 || patient=B | 97112:GP x1 || patient=C | 97530:GP x1").edi
    new = written(
        tmp_path,
        edi,
        {1, 3},
        [
            ("00501*000000001", "00501*000000077"),
            ("0915*1*X", "0915*9*X"),
            ("ST*837*0001", "ST*837*0500"),
            ("CLM*C3*50***11:B:1*Y*A*Y*Y~\n", "CLM*C3*50***11:B:7*Y*A*Y*Y~\nREF*F8*PAYERNO~\n"),
            ("CLM*C2*50", "CLM*X*1"),  # of a claim that is not written
        ],
    )
    alone = build("97110:GP x1 || patient=C id=C3 freq=7 f8=PAYERNO | 97530:GP x1").edi
    alone = alone.replace(b"000000001", b"000000077").replace(b"*0915*1*X", b"*0915*9*X")
    alone = alone.replace(b"GE*1*1", b"GE*1*9").replace(b"*0001", b"*0500")
    assert new == alone
    plain = read_plainly(new)
    assert plain.wrong == set()
    assert {claim.envelope for claim in plain.claims} == {("000000077", "9", "0500")}


def test_missing_trailers_are_written(tmp_path: Path) -> None:
    edi = build("97110:GP x1 || patient=B | 97112:GP x1").edi
    cut = edi[: edi.index(b"SE*", edi.index(b"REF*6R*C2"))] + b"IEA*1*000000001~\n"
    assert written(tmp_path, cut, {1, 2}) == edi


def test_bytes_that_are_not_as_expected_are_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "in.edi"
    path.write_bytes(build("97110:GP x1").edi)
    with closing(open_source(str(path))) as source, pytest.raises(CorrectionUnproven, match="expected"):
        assemble(source, take_apart(source), lambda _: True, BytesIO(), [Edit(0, 3, "XXX", "ISA")])


def test_levels_that_contradict_each_other_are_not_divided(tmp_path: Path) -> None:
    edi = build("97110:GP x1 || patient=B | 97112:GP x1", (("HL*3*1", "HL*3*2"),)).edi
    assert written(tmp_path, edi, {1, 2}) == edi
    with pytest.raises(CorrectionUnproven, match="who belongs to whom"):
        written(tmp_path, edi, {1})
