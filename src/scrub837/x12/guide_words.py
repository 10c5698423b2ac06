"""pyx12's words without the values they quote, which may be a patient's, and those values beside them."""

from __future__ import annotations

import re
from typing import Any

# What pyx12's reader says, with the value quoted in it as group 1, and what is left of it without.
_READER_WORDS = [
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r'Segment identifier "(.*)" is invalid', "Segment identifier is invalid"),
        (r'Segment ".*" is empty', "Segment is empty"),
        (
            r"My HL count (?P<count>\d+) does not match your HL count (.*)",
            "HL count does not match, I count {count}",
        ),
        (r"HL parent \((.*)\) is not a valid parent", "HL parent is not a valid parent"),
        (
            r"Your 2400/LX01 Service Line Number (.*) does not match my count of (?P<count>\d+)",
            "2400/LX01 Service Line Number does not match, I count {count}",
        ),
        (r"SE id=(.*) does not match ST id=.*", "SE02 does not match ST02"),
        (r"SE count of (.*) for SE02=.* is wrong\. I count (?P<count>\d+)", "SE01 is wrong, I count {count}"),
        (r"GE id=(.*) does not match GS id=.*", "GE02 does not match GS06"),
        (r"GE count of (.*) for GE02=.* is wrong\. I count (?P<count>\d+)", "GE01 is wrong, I count {count}"),
        (r"IEA id=(.*) does not match ISA id=.*", "IEA02 does not match ISA13"),
        (r"IEA count for IEA02=(.*) is wrong", "IEA01 is wrong"),
        (r"ISA Interchange Control Number (.*) not unique within file", "ISA13 not unique within file"),
        (
            r"GS Interchange Control Number (.*) not unique within file",
            "GS06 not unique within the interchange",
        ),
        (r"ST Interchange Control Number (.*) not unique within file", "ST02 not unique within the group"),
        (r"Unterminated segment (.*)", "Unterminated transaction set"),
        (r"Unterminated Loop (.*)", "Unterminated functional group"),
        (r'(?P<kept>Mandatory segment "[^"]*") \(\w+=(.*)\) missing', "{kept} missing"),
        (
            r"(?P<kept>Segment contains a leading space|Segment contains trailing element terminators)",
            "{kept}",
        ),
    )
]


def reader_words(text: str) -> tuple[str, str | None]:
    """A message of pyx12's reader without the value it quotes, and that value."""
    for pattern, words in _READER_WORDS:
        found = pattern.fullmatch(text)
        if found:
            named = set(pattern.groupindex.values())
            value = next((part for n, part in enumerate(found.groups(), 1) if n not in named), None)
            return words.format(**found.groupdict()), value
    return "pyx12 found a fault in the order of segments", None


def walk_words(error: Any, node: Any) -> tuple[str, str | None]:
    """A message of pyx12's walk through the guide without the value it quotes, and that value."""
    if error.err_cde != "1":
        return str(error.err_str), None
    found = error.seg_data.get_value("01")
    return f"Segment not found. Started at {node.get_path()}", found or None


def element_words(error: Any) -> tuple[str, str | None]:
    """A message of pyx12's element check without the value it quotes, and that value."""
    text, value = str(error.err_str), error.err_val
    if not value:
        return text, None
    quoted = f"({value})"
    if text.startswith(f"{quoted} is not a valid code"):
        text = "Not a valid code" + text[len(f"{quoted} is not a valid code") :]
    text = text.replace(f'len("{value}") =', "length", 1)
    text = text.replace(f" with a value of {quoted} failed", " failed", 1)
    return text.removesuffix(quoted).rstrip(" ."), str(value)
