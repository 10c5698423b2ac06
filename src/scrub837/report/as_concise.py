"""One line a finding, for grep: ``path:segment:element: CODE severity claim line: message``."""

from __future__ import annotations

from typing import BinaryIO

from scrub837.findings import Finding
from scrub837.report import PLAIN, View
from scrub837.report.words import clean, count
from scrub837.results import Report


def write(report: Report, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write the findings of ``report`` in file order, then a line a file for what was not checked."""
    for file in report.files:
        path = clean(file.path)
        for finding in file.findings():
            out.write(f"{path}:{_words(finding)}\n".encode())
        for note in file.not_checked:
            text = f"{path}:-:-: not-checked {note.name}: {note.reason} ({count(note.lines, 'line')})"
            out.write(f"{clean(text)}\n".encode())


def _words(finding: Finding) -> str:
    place = finding.location
    where = [f"claim {place.claim}"] if place.claim is not None else []
    where += [f"line {place.line}"] if place.line is not None else []
    head = f"{place.segment or '-'}:{place.element or '-'}: {finding.code} {finding.severity.value}"
    marks = ["new"] if finding.since == "new" else []
    if finding.waived is not None:
        marks.append(f"waived by {finding.waived.person} until {finding.waived.expires}")
    after = f" [{', '.join(marks)}]" if marks else ""
    return clean(" ".join([head, *(where or ["file"])]) + f": {finding.message}{after}")
