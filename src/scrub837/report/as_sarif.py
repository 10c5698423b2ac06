"""The findings as SARIF 2.1.0, for editors and other tools of programmers. Patients are always hidden.

Places are byte ranges: an 837P is seldom a file of lines. Source: OASIS SARIF 2.1.0 (Errata 01).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO
from urllib.parse import quote

import msgspec

from scrub837 import __version__
from scrub837.findings import HIDDEN, Finding, Fix, Location, Severity
from scrub837.report import PLAIN, View
from scrub837.report.words import clean
from scrub837.results import FileReport, Report
from scrub837.rules import all_rules
from scrub837.rules._rule import HEADINGS, Rule

Json = dict[str, object]
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.REJECT: "error", Severity.DENY: "error", Severity.RISK: "warning", Severity.INFO: "note"}
_BASELINE = {"new": "new", "open": "unchanged"}
_encode = msgspec.json.Encoder().encode


def write(report: Report, out: BinaryIO, _view: View = PLAIN) -> None:
    """Write ``report`` to ``out`` as SARIF, with every value hidden that may name a patient."""
    spoke = {name for file in report.files for name in file.found.name}
    rules = [rule for rule in all_rules() if rule.name in spoke]
    places = {rule.code: number for number, rule in enumerate(rules)}
    driver = {"name": "scrub837", "semanticVersion": __version__, "rules": [_rule(rule) for rule in rules]}
    out.write(b'{"$schema":' + _encode(SCHEMA) + b',"version":"2.1.0","runs":[{"tool":')
    out.write(_encode({"driver": driver}) + b',\n"redactionTokens":' + _encode([HIDDEN]))
    out.write(b',\n"artifacts":' + _encode([_artifact(file) for file in report.files]))
    out.write(b',\n"invocations":' + _encode([_invocation(report)]) + b',\n"results":[')
    separator = b"\n"
    for number, file in enumerate(report.files):
        where = _where(file, number)
        for found in file.order:
            finding = file.finding(found, redact=True)
            out.write(separator + _encode(_result(finding, where, places)))
            separator = b",\n"
    out.write(b"]}]}\n")


def _rule(rule: Rule) -> Json:
    """The page of a rule, as ``scrub837 explain`` prints it."""
    sections = [(heading, " ".join(rule.section(heading).split())) for heading in HEADINGS]
    first = " ".join(rule.page().split("\n\n", 1)[0].split())
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": first},
        "help": {
            "text": "\n".join([first, *(f"{heading}: {text}" for heading, text in sections)]),
            "markdown": "\n\n".join([first, *(f"**{heading}.** {text}" for heading, text in sections)]),
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"severity": rule.severity.value, "correction": rule.fix},
    }


def _uri(path: str) -> str:
    """A path as a URI reference: relative as it was given, absolute with its scheme."""
    if path == "-":
        return "stdin"
    name = PurePath(path)
    return f"file://{quote(name.as_posix())}" if name.is_absolute() else quote(name.as_posix())


def _where(file: FileReport, number: int) -> Json:
    return {"uri": _uri(file.path), "index": number}


def _artifact(file: FileReport) -> Json:
    return {
        "location": {"uri": _uri(file.path)},
        "length": file.bytes,
        "hashes": {"sha-256": file.sha256},
        "roles": ["analysisTarget"],
        "properties": {"status": file.status, "claims": file.counts.claims, "lines": file.counts.lines},
    }


def _invocation(report: Report) -> Json:
    """That the job was done, and what it could not judge: no result there does not mean no fault."""
    notes: list[Json] = [
        {
            "level": "note",
            "message": {"text": clean(f"not checked: {note.name}: {note.reason} (lines: {note.lines})")},
            "locations": [{"physicalLocation": {"artifactLocation": _where(file, number)}}],
        }
        for number, file in enumerate(report.files)
        for note in file.not_checked
    ]
    done = all(file.status in ("ready", "held") for file in report.files)
    return {"executionSuccessful": done, "toolExecutionNotifications": notes}


def _result(finding: Finding, where: Json, places: dict[str, int]) -> Json:
    words = [finding.message, finding.why, finding.action]
    result: Json = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": clean(" ".join(filter(None, words)))},
        "locations": [_location(finding.location, where)],
        "properties": {"severity": finding.severity.value},
    }
    if finding.code in places:
        result["ruleIndex"] = places[finding.code]
    if finding.fingerprint:
        result["partialFingerprints"] = {"scrub837/v1": finding.fingerprint}
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_location(place, where)} for number, place in enumerate(finding.related, start=1)
        ]
    if finding.since is not None:
        result["baselineState"] = _BASELINE[finding.since]
    if finding.waived is not None:
        result["suppressions"] = [{"kind": "external", "status": "accepted"}]
    if finding.fix is not None and finding.fix.edits and not finding.fix.applied:
        result["fixes"] = [_fix(finding.fix, where)]
    return result


def _location(place: Location, where: Json) -> Json:
    physical: Json = {"artifactLocation": where}
    if place.start is not None and place.end is not None:
        physical["region"] = {"byteOffset": place.start, "byteLength": place.end - place.start}
    location: Json = {"physicalLocation": physical}
    logical = "/".join(_names(place))
    if logical:
        location["logicalLocations"] = [{"fullyQualifiedName": clean(logical)}]
    return location


def _names(place: Location) -> Iterator[str]:
    """The way to a place: transaction, claim, line, loop, element."""
    if place.transaction is not None:
        yield f"ST {place.transaction}"
    if place.claim is not None:
        yield f"claim {place.claim}"
    if place.line is not None:
        yield f"line {place.line}"
    yield from filter(None, (place.loop, place.element))


def _fix(fix: Fix, where: Json) -> Json:
    replacements = [
        {
            "deletedRegion": {"byteOffset": edit.start, "byteLength": edit.end - edit.start},
            "insertedContent": {"binary": base64.b64encode(edit.new.encode("latin-1")).decode()},
        }
        for edit in fix.edits
    ]
    return {
        "description": {"text": clean(f"{fix.safety.value}: {fix.before} -> {fix.after}")},
        "artifactChanges": [{"artifactLocation": where, "replacements": replacements}],
    }
