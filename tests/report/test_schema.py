"""Every report fits the published schema, whatever is in the file."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scrub837.claims.documentation import open_documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.reference.store import open_reference
from scrub837.report.as_json import write
from scrub837.results import EditionRow, FileReport, Report
from scrub837.rules import all_rules
from scrub837.testing import TODAY, build, judge
from scrub837.x12.source import open_source

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "fixtures").rglob("*.edi"))
RULES = all_rules()


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    text = (ROOT / "schemas" / "report-1.schema.json").read_text("utf-8")
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    return jsonschema.Draft202012Validator(json.loads(text))


def written(*files: FileReport) -> Any:
    out = io.BytesIO()
    write(Report(list(files), [EditionRow.of(one) for one in open_reference(None).editions]), out)
    return json.loads(out.getvalue())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_reports_of_all_examples(rule: Any, schema: jsonschema.Draft202012Validator) -> None:
    for example in rule.examples:
        with closing(judge(build(example.claim, example.edits), profile=example.profile)) as report:
            schema.validate(written(report))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_reports_of_fixtures(path: Path, schema: jsonschema.Draft202012Validator) -> None:
    job = Job(built_in_settings(today=TODAY), open_reference(None), open_documentation([]))
    with closing(open_source(str(path))) as source, closing(scan(source, job)) as report:
        schema.validate(written(report))


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", "refused"),
        (b"%PDF-1.7 not a claim", "refused"),
        (build("97110:GP x1").edi[:900], "incomplete"),
        (build("97110:GP x1").edi.replace(b"SE*", b"SE*x"), "held"),
    ],
)
def test_reports_of_broken_files(
    content: bytes, status: str, tmp_path: Path, schema: jsonschema.Draft202012Validator
) -> None:
    path = tmp_path / "input.edi"
    path.write_bytes(content)
    job = Job(built_in_settings(today=TODAY), open_reference(None), open_documentation([]))
    with closing(open_source(str(path))) as source, closing(scan(source, job)) as report:
        told = written(report)
    schema.validate(told)
    assert told["files"][0]["status"] == status


def test_a_report_that_lacks_a_key_does_not_fit(schema: jsonschema.Draft202012Validator) -> None:
    with closing(judge("97530:gp x1")) as report:
        told = written(report)
    del told["files"][0]["findings"][0]["location"]["start"]
    told["files"][0]["status"] = "clean"
    assert {error.validator for error in schema.iter_errors(told)} >= {"required", "enum"}
