"""What a file is that is no X12 interchange, told from its first characters; none of them is ever quoted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scrub837.x12.kinds import kind_by
from scrub837.x12.separators import ISA_START, WHITESPACE

_SIGNATURES = (
    ("PK\x03\x04", "a zip archive or an Office document", "Unpack it and check the claim files inside."),
    ("PK\x05\x06", "an empty zip archive", "Ask the sender for the file again."),
    ("\x1f\x8b", "a gzip archive", "Unpack it and check the claim file inside."),
    ("7z\xbc\xaf'\x1c", "a 7z archive", "Unpack it and check the claim files inside."),
    ("\x28\xb5\x2f\xfd", "a zstandard archive", "Unpack it and check the claim file inside."),
    ("\xfd7zXZ", "an xz archive", "Unpack it and check the claim file inside."),
    ("Rar!", "a rar archive", "Unpack it and check the claim files inside."),
    ("BZh", "a bzip2 archive", "Unpack it and check the claim file inside."),
    ("%PDF", "a PDF document", "Export the claims as an 837P file from the practice system."),
    (
        "\xd0\xcf\x11\xe0",
        "an old Office document",
        "Export the claims as an 837P file from the practice system.",
    ),
    ("{\\rtf", "a rich text document", "Export the claims as an 837P file from the practice system."),
    ("-----BEGIN PGP", "a PGP message (encrypted or signed)", "Decrypt it first."),
    ("MSH|", "an HL7 version 2 message", "Export the claims as an 837P file from the practice system."),
    ("UNA", "a UN/EDIFACT interchange", "Ask the sender for X12 837P."),
    ("UNB+", "a UN/EDIFACT interchange", "Ask the sender for X12 837P."),
    ("\xff\xfe", "UTF-16 text", "Save it as plain ASCII text (one byte a character)."),
    ("\xfe\xff", "UTF-16 text", "Save it as plain ASCII text (one byte a character)."),
    ("I\x00S\x00A\x00", "X12 written as UTF-16", "Save it as plain ASCII text (one byte a character)."),
    ("\x00I\x00S\x00A", "X12 written as UTF-16", "Save it as plain ASCII text (one byte a character)."),
    ("\xc9\xe2\xc1", "X12 in EBCDIC", "Transfer it from the mainframe as text, so that it arrives in ASCII."),
    ("\x89PNG", "an image", "Export the claims as an 837P file from the practice system."),
    ("\xff\xd8\xff", "an image", "Export the claims as an 837P file from the practice system."),
    ("SQLite format 3", "a database", "Export the claims as an 837P file from the practice system."),
)
_MUCH = 2000  # characters
_MARKUP = (
    (r"<\?xml", "an XML document"),
    (r"<(?:!doctype\s+html|html|head|body)\b", "an HTML page"),
    (r"<\w", "an XML document"),
    (r"[\[{]\s*[\"\[{\]}\d]", "a JSON document"),
)
_EXPORT = "Export the claims as an 837P file from the practice system."
_REWRITE = "Write the batch again with its whole envelope: ISA and GS before ST, GE and IEA after SE."


@dataclass(frozen=True, slots=True)
class Foreign:
    """``label`` completes 'This is ...'."""

    label: str
    why: str
    action: str


def identify(head: str, size: int, *, blank: bool) -> Foreign:
    """What a file without a readable ISA is. ``head`` holds its first characters, a byte each."""
    if size == 0:
        return Foreign("an empty file", "It holds no byte.", "Write or transfer the file again.")
    if blank:
        label = "a file of blanks and line ends only"
        return Foreign(label, f"Its {size:,} bytes say nothing.", "Write or transfer the file again.")
    for signature, label, action in _SIGNATURES:
        if head.startswith(signature):
            return Foreign(label, "It does not begin with ISA.", action)
    if head[257:262] == "ustar":
        return Foreign(
            "a tar archive", "It does not begin with ISA.", "Unpack it and check the claim files inside."
        )
    text = head.removeprefix("\xef\xbb\xbf").lstrip(WHITESPACE)
    for pattern, label in _MARKUP:
        if re.match(pattern, text, re.IGNORECASE):
            return Foreign(label, "It does not begin with ISA.", _EXPORT)
    return _x12(text, size) or _text(text)


def _x12(text: str, size: int) -> Foreign | None:
    """X12 whose ISA is missing or broken."""
    if ISA_START.search(text):
        if size < 106:
            why = f"The file ends after {size} bytes; an ISA alone has 106."
        else:
            why = "Its separators cannot be told: ISA must have 16 elements, then the segment terminator."
        action = "Write the file again; if it comes from an upload, wait until the upload is complete."
        return Foreign("X12 whose ISA cannot be read", why, action)
    if re.match(r"isa[^A-Za-z0-9\s]", text, re.IGNORECASE):
        return Foreign("X12 whose ISA is written in small letters", "Segment ids are capitals.", _REWRITE)
    start = re.match(r"(GS|ST|BHT|HL|CLM|NM1)([^A-Za-z0-9\s])", text)
    if start is None:
        return None
    sep = re.escape(start[2])
    st = re.search(rf"\bST{sep}(\d{{3}}){sep}[^{sep}\s~]*(?:{sep}(\w*))?", text)
    gs = re.search(rf"\bGS(?:{sep}[^{sep}]*){{7}}{sep}(\w+)", text)
    version = (gs[1] if gs else "") or (st[2] or "" if st else "")
    kind = kind_by(gs[1] if gs else "", st[1], st[2] or "").label if st else "body of unknown kind"
    named = f" ({version})" if version else ""
    label = f"X12 without ISA: it begins with {start[1]} and holds a {kind}{named}"
    return Foreign(label, "The ISA names the separators, the sender and the receiver.", _REWRITE)


def _text(text: str) -> Foreign:
    if sum(char < " " and char not in WHITESPACE for char in text) > len(text) // 50 or "\x00" in text:
        return Foreign("binary data of an unknown kind", "It does not begin with ISA.", _EXPORT)
    whole = text.splitlines()[:-1] if len(text) > _MUCH else text.splitlines()  # the last may be cut
    lines = [line for line in whole if line.strip()][:3]
    for comma in ",;\t|":
        columns = {line.count(comma) for line in lines}
        if len(lines) > 1 and len(columns) == 1 and min(columns) > 0:
            label = f"a table (CSV or the like) of {min(columns) + 1} columns"
            return Foreign(label, "It does not begin with ISA.", _EXPORT)
    return Foreign("plain text, not X12", "It does not begin with ISA.", _EXPORT)
