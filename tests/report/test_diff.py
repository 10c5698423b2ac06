"""The unified view of corrections: by hand, inert, and silent on patients where that is asked for."""

from __future__ import annotations

import os
from contextlib import closing
from io import BytesIO
from pathlib import Path

from scrub837.claims.documentation import Documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.fixes.write import preview
from scrub837.reference.store import open_reference
from scrub837.report.diff import write_diff
from scrub837.testing import TODAY, build
from scrub837.x12.source import open_source


def diff(folder: Path, edi: bytes, *, colour: bool = False, redact: bool = False) -> str:
    path, out = folder / "in.edi", BytesIO()
    path.write_bytes(edi)
    job = Job(
        built_in_settings(today=TODAY, guide=False, redact=redact), open_reference(None), Documentation()
    )
    with closing(open_source(str(path))) as source, closing(scan(source, job)) as report:
        source.name = report.path = "in.edi"
        write_diff(report, preview(source, report, job), out, colour=colour)
    assert os.listdir(folder) == ["in.edi"]  # noqa: PTH208 - names alone
    return out.getvalue().decode()


def test_a_hunk_for_each_segment(tmp_path: Path) -> None:
    edi = build("97110::gp x1.0 ; 97112:GP x1").edi
    edi = edi.replace(b"\nSE*32", b"\nSE*99")
    assert diff(tmp_path, edi) == (
        "--- in.edi\n"
        "+++ in.edi (corrected)\n"
        "@@ ST 0001, segment 25, claim C1, line 1 @@ MOD003 safe, MOD001 safe, CLM003 safe\n"
        "-SV1*HC:97110::gp*50*UN*1.0***1~\n"
        "+SV1*HC:97110:GP*50*UN*1***1~\n"
        "@@ ST 0001, segment 32 @@ ENV005 safe\n"
        "-SE*99*0001~\n"
        "+SE*32*0001~\n"
    )


def test_nothing_to_correct_is_nothing_to_show(tmp_path: Path) -> None:
    assert diff(tmp_path, build("97110:GP x1").edi) == ""


def test_colour_is_around_whole_lines(tmp_path: Path) -> None:
    lines = diff(tmp_path, build("97110:gp x1").edi, colour=True).splitlines()
    assert [line[:5] for line in lines] == ["\x1b[1m-", "\x1b[1m+", "\x1b[36m", "\x1b[31m", "\x1b[32m"]
    assert all(line.endswith("\x1b[0m") for line in lines)


def test_hostile_bytes_are_inert(tmp_path: Path) -> None:
    evil = "C\x1b[2J\x07" + "9" * 300
    shown = diff(tmp_path, build("97110:gp x1", (("CLM*C1*", f"CLM*{evil}*"), ("UN*1", "UN*\x1b1.0"))).edi)
    assert shown.replace("\n", "").isprintable()
    assert len(shown.splitlines()[2]) < 120


def test_what_names_a_patient_is_hidden(tmp_path: Path) -> None:
    edits = (("SBR*P*18*******MB", "SBR*P*18*******MB "), ("NM1*IL*1*SAMPLE*", "NM1*IL*1*SAMPLE *"))
    open_, hidden = (
        diff(tmp_path, build("97110:gp x1", edits).edi, redact=redact) for redact in (False, True)
    )
    assert "SV1*HC:97110:gp*" in hidden
    assert "SAMPLE" not in hidden
    assert open_.count("@@ ") == hidden.count("@@ ")
