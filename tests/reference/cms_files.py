"""Small files in the layouts CMS publishes. The rows are invented; no table of CMS is copied."""

from __future__ import annotations

import zipfile
from pathlib import Path

PREAMBLE = (
    "Sample rows in the published layout\t\t\t\t\t\t",
    "Column1/Column2 Edits\t\t\t\t\t\t",
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale",
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t",
    "\t\t\t\t*=no data\t1=allowed\t",
    "\t\t\t\t\t9=not applicable\t",
)
NOTICE = '"Codes only. \n\nSample\xae rows, not CMS\'s.",,,\n'
ADD_ON_HEADER = (
    "AOC_Edit_Type\tAdd-On_Code\tAOC_DelDT\tPrimary_Code\tPrimary_Code_DelDT\tAOC_Edit_EffDT\tAOC_Edit_DelDT"
    "\tSpecial_Instruction_Notes"
)
WHY = "Invented reason"


def pairs_text(rows: str, *, old_column: bool = True, tail: str = "") -> bytes:
    """``column1 column2 effective deletion indicator`` a line, as Medicare's table or, without the old
    column, Medicaid's, where an open end is blank."""
    lines = [line if old_column else line.replace("\t", "", 1) for line in PREAMBLE]
    for row in rows.strip().splitlines():
        column1, column2, effective, deletion, indicator = row.split()
        if not old_column and deletion == "*":
            deletion = ""
        cells = [column1, column2, *([""] if old_column else []), effective, deletion, indicator, WHY]
        lines.append("\t".join(cells))
    return ("\r\n".join(lines) + "\r\n" + tail).encode("latin-1")


def limits_text(rows: str) -> bytes:
    """``code units indicator`` a line, as Medicare's table."""
    kinds = {
        "1": "1 Line Edit",
        "2": "2 Date of Service Edit: Policy",
        "3": "3 Date of Service Edit: Clinical",
    }
    text = (
        NOTICE
        + '"HCPCS/\nCPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n'
    )
    for row in rows.strip().splitlines():
        code, units, kind = row.split()
        text += f"{code},{units},{kinds[kind]},{WHY}\n"
    return text.encode("cp1252")


def medicaid_limits_text(rows: str) -> bytes:
    """``code units`` a line, as Medicaid's table: tabs, no adjudication indicator."""
    text = NOTICE.replace(",", "\t") + '"HCPCS/\nCPT Code"\tPractitioner Services MUE Values\tMUE Rationale\n'
    return (
        text + "".join(f"{row}\t{WHY}\n".replace(" ", "\t", 1) for row in rows.strip().splitlines())
    ).encode("cp1252")


def add_ons_text(rows: str) -> bytes:
    """``type code primary effective deletion`` a line; days as YYYYDDD, ``-`` for none."""
    lines = [ADD_ON_HEADER]
    for row in rows.strip().splitlines():
        kind, code, primary, effective, deletion = (cell.replace("-", "") for cell in row.split())
        lines.append("\t".join([kind, code, "", primary, "", effective, deletion, ""]))
    return ("\r\n".join(lines) + "\r\n").encode()


def fixed_add_ons_text(rows: str) -> bytes:
    """The same rows in the fixed-width form, which has no header."""
    lines = []
    for row in rows.strip().splitlines():
        kind, code, primary, effective, deletion = (cell.replace("-", "") for cell in row.split())
        lines.append(f"{kind}{code}{'':7}{primary}{'':7}{effective:7}{deletion:7}note")
    return ("\r\n".join(lines) + "\r\n").encode()


def put(folder: Path, name: str, content: bytes) -> Path:
    """Write a file, or for a ``.zip`` name a zip that holds the content under the name in it."""
    path = folder / name
    path.write_bytes(content)
    return path


def put_zip(folder: Path, name: str, **members: bytes) -> Path:
    """Write a zip; ``__`` in a member's keyword stands for a dot, ``_`` for a hyphen."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member.replace("__", ".").replace("_", "-"), content)
    return path
