"""Write a full-size NCCI edition in the layout CMS publishes: four pair files and the table of unit limits.

    python bench/editions.py FOLDER

The codes are code-shaped and their pairs invented; only the therapy and chiropractic pairs of `care.PAIRS`
stand for real ones, and no other pair joins two codes of the generated batches.  Rows are written as they are
made.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import care

PTP_NAMES = tuple(f"ccipra-v323r0-f{part}.txt" for part in (1, 2, 3, 4))  # 2026 Q4
MUE_NAME = "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv"
PAIRS_A_CODE = 270
NOTICE = "Invented rows in the layout CMS publishes; not an edition of CMS."
PREAMBLE = (
    (NOTICE, "", "", "", "", "", ""),
    ("Column1/Column2 Edits", "", "", "", "", "", ""),
    ("Column 1", "Column 2", "*=in existence", "Effective", "Deletion", "Modifier", "PTP Edit Rationale"),
    ("", "", "prior to 1996", "Date", "Date", "0=not allowed", ""),
    ("", "", "", "", "*=no data", "1=allowed", ""),
    ("", "", "", "", "", "9=not applicable", ""),
)
# what follows the two codes: pre-1996 mark, effective, deletion, indicator, rationale
TAILS = tuple(
    "\t" + "\t".join(columns) + "\r\n"
    for columns in (
        ("", "20050101", "*", "1", "Misuse of Column Two code with Column One code"),
        ("", "20101001", "*", "0", "CPT Manual or CMS manual coding instruction"),
        ("*", "19960101", "*", "1", "Standards of medical/surgical practice"),
        ("", "20180701", "*", "1", "Misuse of Column Two code with Column One code"),
        ("", "20030101", "20191231", "1", "Mutually exclusive procedures"),
        ("", "20210401", "*", "0", "Sequential procedure"),
        ("", "20150401", "20150401", "9", "More extensive procedure"),
        ("", "20240101", "*", "1", "CPT Separate procedure definition"),
        ("", "20120101", "20231231", "0", "CPT Manual or CMS manual coding instruction"),
        ("", "20261001", "*", "1", "Standards of medical/surgical practice"),
        ("*", "19960101", "20041231", "0", "Standards of medical/surgical practice"),
    )
)
REAL = "\t\t20201001\t*\t1\tMisuse of Column Two code with Column One code\r\n"
WITHDRAWN = "\t\t20200101\t20200101\t9\tMisuse of Column Two code with Column One code\r\n"
# in 2020 these were published for January and withdrawn from the same day; some came back in October
WITHDRAWN_PAIRS = (("97161", "97530"), ("97530", "97116"))
UNIT_LIMITS = {
    "97035": 2, "97110": 6, "97112": 4, "97116": 4, "97124": 4, "97140": 6, "97530": 6, "97535": 8,
}  # fmt: skip
ONE_A_DAY = (
    "92507", "97150", "97161", "97162", "97163", "97164", "97165", "97166", "97167", "98940", "98941",
    "98942", "G0283",
)  # fmt: skip


def codes() -> list[str]:
    """Ten thousand code-shaped strings in the order of the files, every code of the generator among them."""
    ours = set(care.FEES).union(*care.PAIRS)
    shaped = {f"{number:05d}" for number in range(100, 99608, 12)}
    shaped |= {f"{number:04d}{letter}" for letter in "TUAM" for number in range(1, 1000, 9)}
    shaped |= {f"{letter}{number:04d}" for letter in "ACEGJLPQRSTUV" for number in range(7, 9999, 99)}
    return sorted(sorted(shaped - ours)[: 10_000 - len(ours)] + list(ours))


def write_pairs(folder: Path) -> list[Path]:
    """Write the four files; they are cut between two column 1 codes, as CMS cuts them."""
    known = codes()
    ours = frozenset(care.FEES).union(*care.PAIRS)
    real = _real_rows()
    preamble = "".join("\t".join(row) + "\r\n" for row in PREAMBLE)
    paths = []
    for part, name in enumerate(PTP_NAMES):
        path = folder / name
        with path.open("w", encoding="latin-1", newline="") as out:
            out.write(preamble)
            for index in range(part * len(known) // 4, (part + 1) * len(known) // 4):
                out.writelines(_rows_of(index, known, ours, real))
        paths.append(path)
    return paths


def _rows_of(
    index: int, known: list[str], ours: frozenset[str], real: dict[str, list[tuple[str, str]]]
) -> Iterator[str]:
    """The rows of one column 1 code, by column 2 code."""
    one = known[index]
    start, stride = index * 7 % 37, len(known) // PAIRS_A_CODE
    rows = [
        (two, TAILS[(index + n) % len(TAILS)]) for n, two in enumerate(known[start::stride]) if two != one
    ]
    if one in ours:
        rows = [(two, tail) for two, tail in rows if two not in ours] + real.get(one, [])
        rows.sort()
    for two, tail in rows:
        yield f"{one}\t{two}{tail}"


def _real_rows() -> dict[str, list[tuple[str, str]]]:
    """The pairs of the generator by column 1 code; a pair withdrawn and published again has two rows."""
    rows: dict[str, list[tuple[str, str]]] = {}
    for one, two in care.PAIRS:
        rows.setdefault(one, []).append((two, REAL))
    for one, two in WITHDRAWN_PAIRS:
        rows.setdefault(one, []).append((two, WITHDRAWN))
    return rows


def write_unit_limits(folder: Path) -> Path:
    """Write the table of unit limits: a notice over several lines, a header with a line break, the rows."""
    path = folder / MUE_NAME
    kinds = ("1 Line Edit", "2 Date of Service Edit: Policy", "3 Date of Service Edit: Clinical")
    with path.open("w", encoding="latin-1", newline="") as out:
        table = csv.writer(out)
        table.writerow(
            [f"{NOTICE} \n\nA mark outside ASCII: \xae.\n\nNothing here is a limit of CMS.", "", "", ""]
        )
        header = (
            "HCPCS/\nCPT Code",
            "Practitioner Services MUE Values",
            "MUE Adjudication Indicator",
            "MUE Rationale",
        )
        table.writerow(header)
        for index, code in enumerate(codes()):
            if code in ONE_A_DAY:
                row = (code, 1, kinds[1], "Code Descriptor / CPT Instruction")
            else:
                row = (code, UNIT_LIMITS.get(code, 1 + index % 12), kinds[2], "Clinical: CMS Workgroup")
                if code not in UNIT_LIMITS and index % 3 == 0:
                    row = (code, 1 + index % 4, kinds[0], "Clinical: Data")
            table.writerow(row)
    return path


def main(arguments: list[str] | None = None) -> int:
    """Write the edition into a folder and name its files."""
    parser = argparse.ArgumentParser(description="Write an invented full-size NCCI practitioner edition.")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for path in (*write_pairs(folder), write_unit_limits(folder)):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
