"""The XML report fits its schema, says what the JSON report says, and the schema would notice."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from scrub837.claims.documentation import open_documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.findings import Edit, Finding, Fix, Location, Safety, Severity
from scrub837.reference.store import open_reference
from scrub837.report import as_json
from scrub837.report.as_xml import _finding, write
from scrub837.results import EditionRow, FileReport, Report
from scrub837.rules import all_rules
from scrub837.testing import TODAY, build, judge
from scrub837.x12.source import open_source

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "fixtures").rglob("*.edi"))
HEAD = ("path", "sha256", "bytes", "status")


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(ROOT / "schemas" / "report-1.xsd"))


def report_of(*files: FileReport) -> Report:
    return Report(list(files), [EditionRow.of(one) for one in open_reference(None).editions])


def written(*files: FileReport) -> etree._Element:
    out = io.BytesIO()
    write(report_of(*files), out)
    return etree.fromstring(out.getvalue())


@pytest.mark.parametrize("family", sorted({rule.code[:3] for rule in all_rules()}))
def test_reports_of_all_examples(family: str, schema: etree.XMLSchema) -> None:
    for rule in all_rules():
        for example in rule.examples if rule.code.startswith(family) else ():
            with closing(judge(build(example.claim, example.edits), profile=example.profile)) as file:
                schema.assertValid(written(file))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_reports_of_fixtures_say_what_json_says(path: Path, schema: etree.XMLSchema) -> None:
    job = Job(built_in_settings(today=TODAY, guide=False), open_reference(None), open_documentation([]))
    with closing(open_source(str(path))) as source, closing(scan(source, job)) as file:
        out = io.BytesIO()
        as_json.write(report_of(file), out)
        root = written(file)
    schema.assertValid(root)
    [told], [element] = json.loads(out.getvalue())["files"], root.findall("file")
    assert dict(element.attrib) == {key: str(told[key]) for key in HEAD}
    assert [place_of(one) for one in element.iterfind("findings/finding")] == [
        (one["message"], {k: str(v) for k, v in one["location"].items() if v is not None})
        for one in told["findings"]
    ]
    claims = [(one.get("claim"), len(one.findall("line"))) for one in element.iterfind("claims/claim")]
    assert claims == [(one["claim"], len(one["lines"])) for one in told["claims"]]


def place_of(finding: etree._Element) -> tuple[str | None, dict[Any, Any]]:
    location = finding.find("location")
    assert location is not None
    return finding.findtext("message"), dict(location.attrib)


def test_facts_and_edits_keep_their_kinds_and_bytes() -> None:
    fix = Fix(
        safety=Safety.SAFE, before="a\r", after="A", edits=(Edit(start=5, end=7, expect="a\r", new="\xc9"),)
    )
    finding = Finding(
        code="CLM900", name="x", severity=Severity.DENY, message="m", location=Location(), fix=fix,
        facts={"units": 2, "codes": ["97110", None], "sure": True, "by": {"P1": 1.5}, "odd": "\ud800\x00"},
    )  # fmt: skip
    text = etree.tostring(_finding(finding)).decode()
    assert (
        '<facts><fact name="units"><number>2</number></fact>'
        '<fact name="codes"><list><text>97110</text><none/></list></fact>'
        '<fact name="sure"><flag>true</flag></fact>'
        '<fact name="by"><map><fact name="P1"><number>1.5</number></fact></map></fact>'
        r'<fact name="odd"><text>\ud800\x00</text></fact></facts>'
    ) in text
    assert r'<before>a\x0d</before><after>A</after><edit start="5" end="7" expect="610D" new="C9"/>' in text


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (".//location", "claim_index", "9"),
        (".//location", "segment", "0"),
        (".//finding", "severity", "fatal"),
        (".//finding", "code", None),
        (".//claim", "charge", "12"),
        (".//line", "from", "20261103"),
        (".//file", "path", "a\u202eb"),
        (".//edit", "expect", "gp"),
        (".", "schema", "scrub837/report-2"),
    ],
)
def test_the_schema_notices(path: str, name: str, value: str | None, schema: etree.XMLSchema) -> None:
    with closing(judge("97530:gp x1")) as file:
        root = written(file)
    schema.assertValid(root)
    element = root if path == "." else root.find(path)
    assert element is not None
    if value is None:
        del element.attrib[name]
    else:
        element.set(name, value)
    assert not schema.validate(root)
