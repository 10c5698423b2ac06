"""All formats at once: hostile text is inert in each, and no patient is in any where they are to be hidden.

Each format is read by its own reader. A new format has to say here how it is read.
"""

from __future__ import annotations

import csv
import html.parser
import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from typing import Any

import openpyxl
import pytest
from lxml import etree

from scrub837.configure import built_in_settings
from scrub837.findings import Waived
from scrub837.reference.store import open_reference
from scrub837.report import FORMATS, PLAIN, writer
from scrub837.results import EditionRow, FileReport, Report
from scrub837.testing import TODAY, Built, build, judge

ESCAPE, TURNED = "\x1b]0;x\x07\x1b[2J", "\u202etxt.exe"
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"
FORMULA = '=HYPERLINK("http://x.example","y")'
LONG = "L" * 300
CLAIMS = (
    FORMULA,
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    MARKUP,
    ESCAPE + "A",
    LONG,
    "A\tB\rC",
    "\xe2\x80\xaetxt",
    "]]>--><!--",
)


def hostile() -> Built:
    """A batch with a finding on each of these claims, and the same texts as names, ids and notes."""
    built = build(" || ".join(f"id=C{n}Z | 97530:gp x1.0" for n in range(len(CLAIMS))))
    edi = built.edi.decode()
    for number, text in enumerate(one.replace(":", ";") for one in CLAIMS):
        edi = edi.replace(f"CLM*C{number}Z*", f"NTE*ADD*{text}~\nCLM*{text}*")
        edi = edi.replace("SAMPLE*AVERY****MI*1EG4TE5MK73", f"{text}*{text} ****mi* {text}", 1)
    return Built(edi.encode("latin-1"), None)


def texts_of_json(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_of_json(one)


def read_lines(data: bytes) -> list[str]:
    return data.decode().split("\n")


def read_json(data: bytes) -> list[str]:
    return list(texts_of_json(json.loads(data)))


def read_csv(data: bytes) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(data.decode(), newline="")) for cell in row]


def read_xlsx(data: bytes) -> list[str]:
    cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(data)) for row in sheet.rows for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}, "no formula, no error"
    assert not any(cell.hyperlink for cell in cells)
    risky = [cell for cell in cells if str(cell.value)[:1] in ("=", "+", "-", "@") and cell.data_type == "s"]
    assert all(cell.quotePrefix for cell in risky)
    return [str(cell.value) for cell in cells]


def read_xml(data: bytes) -> list[str]:
    root = etree.fromstring(data)
    assert not any(isinstance(one, etree._Comment | etree._ProcessingInstruction) for one in root.iter())
    return [*map(str, root.itertext()), *(str(v) for one in root.iter() for v in one.attrib.values())]


class Page(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("img", "iframe", "object", "embed")
        assert tag != "link" or (dict(attrs).get("href") or "").startswith("data:")
        assert not [key for key, _ in attrs if key.startswith("on")]
        self.scripts += tag == "script"
        self.texts += [value or "" for key, value in attrs if key not in ("class", "style", "d")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read_html(data: bytes) -> list[str]:
    page = Page()
    page.feed(data.decode())
    assert page.scripts <= 2, "only those of the page itself"
    return page.texts


READERS: dict[str, Callable[[bytes], list[str]]] = {
    "text": read_lines, "concise": read_lines, "annotated": read_lines, "json": read_json, "sarif": read_json,
    "csv": read_csv, "xlsx": read_xlsx, "xml": read_xml, "html": read_html,
}  # fmt: skip
LINES = ("html", "xml", "sarif")  # whose texts are laid out in lines
BY_CODE = ("json",)  # where a program reads the exact text, and escapes belong to the notation


def test_every_format_has_a_reader() -> None:
    assert set(READERS) == set(FORMATS)


def written(name: str, file: FileReport) -> bytes:
    out = io.BytesIO()
    writer(name)(Report([file], [EditionRow.of(one) for one in open_reference(None).editions]), out, PLAIN)
    return out.getvalue()


@pytest.fixture(scope="module")
def file() -> Iterator[FileReport]:
    with closing(judge(hostile(), guide=True)) as report:
        assert len(report.claims) == len(CLAIMS)
        assert len(report.held_claims()) == len(CLAIMS)
        yield report


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_is_inert(name: str, file: FileReport) -> None:
    data = written(name, file)
    texts = READERS[name](data)
    whole = "\n".join(texts)
    raw = data.decode(errors="replace") if name != "xlsx" else whole
    if name not in BY_CODE:
        for text in texts:
            odd = [char for char in text if not char.isprintable() and not (name in LINES and char == "\n")]
            assert odd == [], f"{name} holds {odd[:5]} in {text[:80]!r}"
    for char in ("\x1b", "\x07", "\x00", "\u202e", "\x9b"):
        assert char not in raw
    if name in ("html", "xml"):
        assert "<script>alert" not in raw
        assert "<img src=x" not in raw
    if name == "csv":
        assert not [text for text in texts if text[:1] in ("=", "+", "@", "\t", "\r")]
    assert "HYPERLINK" in whole, "what is inert is still shown"
    assert LONG in whole.replace("\n", "").replace(" ", "") or LONG[:30] in whole


SECRETS = (
    "Quillfeather", "Marybelle", "0071QX93", "Nowherelane", "Ghosttown", "470815", "078051120", "Bo Quirk",
    "88123", "fell", "born", "19500315", "1950-03-15",
)  # fmt: skip
PATIENT = (
    ("SAMPLE*AVERY****MI*1EG4TE5MK73", "Quillfeather *Marybelle*nan***mi*0071QX93 "),
    ("12 PLACEHOLDER AVE", "47 Nowherelane "),
    ("SPRINGFIELD*IL*627040002~\nDMG*D8*19500315", "Ghosttown *ZZ*000470815~\nDMG*D8*19500315 "),
    ("NM1*PR", "REF*SY*078051120 ~\nPER*IC*Bo Quirk \n*TE~\nNM1*PR"),
    ("HI*ABK", "REF*EA*MRN-88123 ~\nK3*born Quillfeather \xe9~\nNTE*ADD*Marybelle fell \xe9~\nHI*ABK"),
    ("LX*1", "NM1*QC*1*Quillfeather*Marybelle ~\nN3*47 Nowherelane~\nDMG*D8*19500315~\nLX*1"),
    ("HC:97530:gp", "HC:97530:gp: : : :Marybelle fell "),
    ("REF*6R", "ZZ*Quillfeather~\nREF*6R"),
    ("REF*EI", "ZZ*Ghosttown~\nREF*EI"),
)


LOST = (*PATIENT, ("HL*2*1*22*0", "K3*a subscriber below no level of his own"))


@pytest.mark.parametrize("edits", [PATIENT, LOST], ids=["in his loop", "in any loop"])
@pytest.mark.parametrize("name", FORMATS)
def test_redacted_reports_name_no_patient(name: str, edits: tuple[tuple[str, str], ...]) -> None:
    redact = name != "sarif"  # which needs no telling
    settings = built_in_settings(today=TODAY, guide=True, redact=redact)
    with closing(judge(build("97530:gp x1", edits), settings=settings)) as report:
        waived = Waived(reason="Quillfeather asked", person="QUILL", expires=date(2027, 1, 31))
        report.waived = {report.order[0]: waived}
        assert report.order, "there is something to be said of this patient"
        whole = "\n".join(READERS[name](written(name, report)))
    assert [secret for secret in SECRETS if secret in whole] == []


@pytest.mark.parametrize("name", ["json", "annotated"])
def test_the_same_patient_is_named_where_that_is_not_asked_for(name: str) -> None:
    with closing(judge(build("97530:gp x1", PATIENT), guide=True)) as report:
        whole = "\n".join(READERS[name](written(name, report)))
    assert {"Quillfeather", "Marybelle", "0071QX93"} <= {secret for secret in SECRETS if secret in whole}
