"""The JSON report, schema ``scrub837/report-1``: written as a stream, the spools copied through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from scrub837 import __version__
from scrub837.report import PLAIN, View
from scrub837.results import SCHEMA, FileReport, Report

_encode = msgspec.json.Encoder(decimal_format="string").encode


def write(report: Report, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write ``report`` to ``out`` as UTF-8 JSON. Same report, same bytes."""
    tool = {"name": "scrub837", "version": __version__}
    out.write(b'{"schema":' + _encode(SCHEMA) + b',"tool":' + _encode(tool))
    out.write(b',"reference":' + _encode(report.reference) + b',"files":[')
    for number, file in enumerate(report.files):
        out.write(b",\n" if number else b"\n")
        _write_file(file, out)
    out.write(b'],\n"summary":' + _encode(report.summary()))
    out.write(b',\n"baseline":' + _encode(report.baseline) + b"}\n")


def _write_file(file: FileReport, out: BinaryIO) -> None:
    head = {
        "path": file.path,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "status": file.status,
        "counts": msgspec.structs.asdict(file.counts) | {"charge": f"{file.counts.charge:.2f}"},
        "declared": file.tallies,
    }
    out.write(_encode(head)[:-1])
    _write_list(b"findings", file.finding_json(), out)
    out.write(b',"not_checked":' + _encode(file.not_checked))
    _write_list(b"timed_days", file.timed.json(), out)
    out.write(b',\n"claims":[\n')
    file.claims.copy_to(out)
    out.write(b"]}")


def _write_list(key: bytes, records: Iterable[bytes], out: BinaryIO) -> None:
    out.write(b',\n"' + key + b'":[')
    separator = b"\n"
    for record in records:
        out.write(separator + record)
        separator = b",\n"
    out.write(b"]")
