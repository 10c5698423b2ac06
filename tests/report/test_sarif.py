"""SARIF: its form, places in bytes, corrections that give the corrected bytes, and no patient in it."""

from __future__ import annotations

import base64
import io
import json
from contextlib import closing
from datetime import date
from typing import Any

import jsonschema
import pytest

from scrub837.findings import Waived
from scrub837.report.as_sarif import write
from scrub837.results import FileReport, Report
from scrub837.rules import all_rules
from scrub837.testing import build, judge

Json = dict[str, Any]


def record(required: str, **properties: Json) -> Json:
    """An object with these properties and no others."""
    form = {"type": "object", "required": required.split(), "properties": properties}
    return {**form, "additionalProperties": False}


def listed(items: Json, least: int = 0) -> Json:
    return {"type": "array", "items": items, "minItems": least}


TEXT: Json = {"type": "string", "minLength": 1}
WHOLE: Json = {"type": "integer", "minimum": 0}
LEVEL: Json = {"enum": ["none", "note", "warning", "error"]}
ANY: Json = {"type": "object"}
URI: Json = {"type": "string", "pattern": r"^[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*$"}
MESSAGE = record("text", text=TEXT, markdown=TEXT)
ARTIFACT = record("uri", uri=URI, index=WHOLE)
REGION = record("byteOffset byteLength", byteOffset=WHOLE, byteLength=WHOLE)
LOCATION = record(
    "physicalLocation",
    id={"type": "integer", "minimum": 1},
    physicalLocation=record("artifactLocation", artifactLocation=ARTIFACT, region=REGION),
    logicalLocations=listed(record("fullyQualifiedName", fullyQualifiedName=TEXT), 1),
)
REPLACEMENT = record(
    "deletedRegion", deletedRegion=REGION, insertedContent=record("binary", binary={"type": "string"})
)
CHANGE = record(
    "artifactLocation replacements", artifactLocation=ARTIFACT, replacements=listed(REPLACEMENT, 1)
)
RESULT = record(
    "message",
    ruleId=TEXT,
    ruleIndex=WHOLE,
    level=LEVEL,
    message=MESSAGE,
    locations=listed(LOCATION, 1),
    relatedLocations=listed(LOCATION, 1),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
    suppressions=listed(
        record("kind", kind={"enum": ["inSource", "external"]}, status={"enum": ["accepted"]}), 1
    ),
    fixes=listed(record("artifactChanges", description=MESSAGE, artifactChanges=listed(CHANGE, 1)), 1),
    properties=ANY,
)
RULE = record(
    "id",
    id=TEXT,
    name=TEXT,
    shortDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=record("", level=LEVEL),
    properties=ANY,
)
FILE = record(
    "location",
    location=ARTIFACT,
    length=WHOLE,
    hashes={"type": "object", "additionalProperties": TEXT},
    roles=listed({"enum": ["analysisTarget"]}),
    properties=ANY,
)
NOTE = record("message", level=LEVEL, message=MESSAGE, locations=listed(LOCATION))
INVOCATION = record(
    "executionSuccessful",
    executionSuccessful={"type": "boolean"},
    toolExecutionNotifications=listed(NOTE),
)
DRIVER = record("name", name=TEXT, semanticVersion=TEXT, rules=listed(RULE))
RUN = record(
    "tool",
    tool=record("driver", driver=DRIVER),
    redactionTokens=listed(TEXT),
    artifacts=listed(FILE),
    invocations=listed(INVOCATION),
    results=listed(RESULT),
)
# What we use of the SARIF 2.1.0 schema (OASIS), with nothing else allowed.
SCHEMA = record("version runs", **{"$schema": URI, "version": {"const": "2.1.0"}, "runs": listed(RUN, 1)})
FITS = jsonschema.Draft202012Validator(SCHEMA)


def written(file: FileReport) -> Json:
    out = io.BytesIO()
    write(Report([file], []), out)
    log: Json = json.loads(out.getvalue())
    FITS.validate(log)
    return log


@pytest.mark.parametrize("family", sorted({rule.code[:3] for rule in all_rules()}))
def test_reports_of_all_examples(family: str) -> None:
    for rule in all_rules():
        for example in rule.examples if rule.code.startswith(family) else ():
            with closing(judge(build(example.claim, example.edits), profile=example.profile)) as file:
                [run] = written(file)["runs"]
            rules = run["tool"]["driver"]["rules"]
            for result in run["results"]:
                assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_correction_names_its_bytes() -> None:
    built = build("97140:GP x1 ; 97530:gp x1")
    with closing(judge(built)) as file:
        [run] = written(file)["runs"]
    [result] = [one for one in run["results"] if one["ruleId"] == "MOD001"]
    assert (result["level"], result["properties"]) == ("error", {"severity": "deny"})
    [place] = result["locations"]
    region = place["physicalLocation"]["region"]
    start = built.edi.index(b":gp*") + 1
    assert region == {"byteOffset": start, "byteLength": 2}
    assert place["logicalLocations"] == [{"fullyQualifiedName": "ST 0001/claim C1/line 2/2400/SV101-3"}]
    [change] = result["fixes"][0]["artifactChanges"]
    [replacement] = change["replacements"]
    assert replacement["deletedRegion"] == region
    assert base64.b64decode(replacement["insertedContent"]["binary"]) == b"GP"
    assert "**What to do.**" in run["tool"]["driver"]["rules"][result["ruleIndex"]]["help"]["markdown"]
    assert run["artifacts"][0]["length"] == len(built.edi)


def test_what_was_not_checked_waived_or_known_is_said() -> None:
    with closing(judge("97530:gp x1")) as file:
        [number] = [n for n in file.order if file.found.name[n] == "mod-format"]
        file.waived = {number: Waived(reason="DOE asked", person="QUILL", expires=date(2027, 1, 31))}
        file.fresh = frozenset()
        [run] = written(file)["runs"]
    [result] = [one for one in run["results"] if one["ruleId"] == "MOD001"]
    assert result["suppressions"] == [{"kind": "external", "status": "accepted"}]
    assert result["baselineState"] == "unchanged"
    assert list(result["partialFingerprints"]) == ["scrub837/v1"]
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert "not checked: implementation-guide: switched off (--no-guide) (lines: 1)" in notes


def test_patients_are_hidden_without_being_asked() -> None:
    built = build("97110:GP x1", (("MI*1EG4TE5MK73", "MI* 1EG4TE5MK73"), ("AVERY*", "nan*")))
    with closing(judge(built, guide=True)) as file:
        text = json.dumps(written(file))
    assert "2010BA" in text
    for secret in ("SAMPLE,", "1EG4TE5MK73", "19500315"):
        assert secret not in text
