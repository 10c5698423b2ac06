"""The report as XML, schema ``schemas/report-1.xsd``: what the JSON report holds, written as a stream.

What XML cannot hold (control characters, halves of characters) and what would not be seen is spelt out as in
the text report. The bytes of an edit are hexadecimal, so that they are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, BinaryIO

import msgspec
from lxml import etree

from scrub837 import __version__
from scrub837.findings import Edit, Finding, Fix, Severity
from scrub837.report import PLAIN, View
from scrub837.report.words import clean
from scrub837.results import SCHEMA, ClaimRow, FileReport, LineRow, Report
from scrub837.timed import TimedRow

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from lxml.etree._serializer import _IncrementalFileWriter as Stream  # of its stubs


def write(report: Report, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write ``report`` to ``out`` as UTF-8 XML. Same report, same bytes."""
    with etree.xmlfile(out, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element("report", schema=SCHEMA):
            _put(xml, [_element("tool", {"name": "scrub837", "version": __version__})])
            with xml.element("reference"):
                _put(xml, (_element("edition", msgspec.structs.asdict(one)) for one in report.reference))
            for file in report.files:
                _write_file(xml, file)
            _put(xml, [_summary(report)])
            if report.baseline is not None:
                head = {"new": report.baseline.new, "open": report.baseline.open}
                xml.write("\n")
                with xml.element("baseline", _attributes(head)):
                    _put(xml, (_element("gone", msgspec.structs.asdict(one)) for one in report.baseline.gone))
    out.write(b"\n")


def _put(xml: Stream, elements: Iterable[Element]) -> None:
    for element in elements:
        xml.write("\n", element)


def _write_file(xml: Stream, file: FileReport) -> None:
    head = {"path": file.path, "sha256": file.sha256, "bytes": file.bytes, "status": file.status}
    xml.write("\n")
    with xml.element("file", _attributes(head)):
        counts = msgspec.structs.asdict(file.counts) | {"charge": f"{file.counts.charge:.2f}"}
        _put(xml, [_element("counts", counts)])
        with xml.element("declared"):
            _put(xml, (_element("tally", msgspec.structs.asdict(one)) for one in file.tallies))
        with xml.element("findings"):
            _put(xml, map(_finding, file.findings()))
        with xml.element("not_checked"):
            _put(xml, (_element("check", msgspec.structs.asdict(one)) for one in file.not_checked))
        with xml.element("timed_days"):
            _put(xml, map(_timed_day, file.timed.rows()))
        with xml.element("claims"):
            _put(xml, (_claim(file.claim(index)) for index in range(1, len(file.claims) + 1)))


def _finding(finding: Finding) -> Element:
    head = {"code": finding.code, "name": finding.name, "severity": finding.severity.value}
    element = _element("finding", {**head, "fingerprint": finding.fingerprint, "since": finding.since})
    for tag in ("message", "why", "action"):
        _add(element, tag, text=getattr(finding, tag))
    _add(element, "location", msgspec.structs.asdict(finding.location))
    for place in finding.related:
        _add(element, "related", msgspec.structs.asdict(place))
    element.append(_facts("facts", finding.facts))
    if finding.fix is not None:
        element.append(_fix(finding.fix))
    if finding.waived is not None:
        _add(element, "waived", msgspec.structs.asdict(finding.waived))
    return element


def _facts(tag: str, facts: Mapping[str, object]) -> Element:
    element = _element(tag)
    for name, value in facts.items():
        fact = _add(element, "fact", {"name": str(name)})
        fact.append(_fact(value))
    return element


def _fact(value: object) -> Element:
    """A value as JSON has it, its kind being the name of the element."""
    if value is None:
        return _element("none")
    if isinstance(value, bool):
        return _element("flag", text=_text(value))
    if isinstance(value, int | float):
        return _element("number", text=str(value))
    if isinstance(value, Mapping):
        return _facts("map", value)
    if isinstance(value, list | tuple):
        element = _element("list")
        element.extend(map(_fact, value))
        return element
    return _element("text", text=str(value))


def _fix(fix: Fix) -> Element:
    element = _element("fix", {"safety": fix.safety.value, "applied": fix.applied})
    _add(element, "before", text=fix.before)
    _add(element, "after", text=fix.after)
    if fix.reason is not None:
        _add(element, "reason", text=fix.reason)
    if fix.evidence is not None:
        _add(element, "evidence", text=fix.evidence)
    element.extend(map(_edit, fix.edits))
    return element


def _edit(edit: Edit) -> Element:
    expect, new = (text.encode("latin-1").hex().upper() for text in (edit.expect, edit.new))
    return _element("edit", {"start": edit.start, "end": edit.end, "expect": expect, "new": new})


def _claim(claim: ClaimRow) -> Element:
    head = {
        name: getattr(claim, name)
        for name in ("claim", "index", "transaction", "profile", "frequency", "charge")
    }
    element = _element("claim", head)
    _add(element, "patient", msgspec.structs.asdict(claim.patient))
    _add(element, "payer", msgspec.structs.asdict(claim.payer))
    for line in claim.lines:
        element.append(_line(line))
    return element


def _line(line: LineRow) -> Element:
    values = msgspec.structs.asdict(line)
    modifiers = values.pop("modifiers")
    values["from"] = values.pop("from_")
    element = _element("line", values)
    for modifier in modifiers:
        _add(element, "modifier", text=modifier)
    return element


def _timed_day(row: TimedRow) -> Element:
    head = {name: getattr(row, name) for name in ("day", "provider", "discipline", "profile")}
    totals = {"total_minutes": row.total_minutes, "units_billed": row.units_billed, "unclear": row.unclear}
    element = _element("timed_day", {**head, **totals})
    for line in row.lines:
        _add(element, "line", msgspec.structs.asdict(line))
    for tag, name, counts in (
        ("minutes", "code", row.minutes),
        ("not_counted", "reason", row.not_counted),
        ("billed", "code", row.billed),
    ):
        for key, number in counts.items():
            _add(element, tag, {name: key, "units" if tag == "billed" else "minutes": number})
    for one in row.rules:
        head = {"name": one.rule, "units_supported": one.units_supported, "verdict": one.verdict}
        rule = _add(element, "rule", head)
        for legal in one.legal:
            _add(rule, "legal", text=legal)
    return element


def _summary(report: Report) -> Element:
    summary = report.summary()
    head = {name: getattr(summary, name) for name in ("files", "claims", "claims_clean", "claims_held")}
    element = _element("summary", {**head, "charge_held": f"{summary.charge_held:.2f}"})
    for severity in Severity:
        name = severity.value
        counted = {"name": name, "findings": summary.findings[name], "waived": summary.waived[name]}
        _add(element, "severity", counted)
    for name, number in summary.by_rule.items():
        _add(element, "rule", {"name": name, "findings": number})
    return element


def _element(tag: str, values: Mapping[str, object] = {}, text: str | None = None) -> Element:
    element = etree.Element(tag, _attributes(values))
    if text:
        element.text = clean(text)
    return element


def _add(parent: Element, tag: str, values: Mapping[str, object] = {}, text: str | None = None) -> Element:
    element = _element(tag, values, text)
    parent.append(element)
    return element


def _attributes(values: Mapping[str, object]) -> dict[str, str]:
    """What does not apply has no attribute."""
    return {name: _text(value) for name, value in values.items() if value is not None}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else clean(str(value))
