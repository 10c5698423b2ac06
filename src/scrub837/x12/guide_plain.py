"""The errors of the guide in plain words, for somebody who bills."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from scrub837.x12.guide import GuideError


class PlainWords(NamedTuple):
    """What is wrong, and what to do, for somebody who bills."""

    message: str
    action: str


class _Kind(NamedTuple):
    level: str
    code: str
    has: str  # the kind is told by a part of pyx12's message where one code has several
    message: str
    action: str


_ENVELOPE = ("ISA", "GS", "GE", "IEA", "TA1")
_OUTSIDE = (None, "ISA_LOOP", "GS_LOOP", "ST_LOOP", "HEADER", "DETAIL")
_COPY = "Look the value up in your billing system and send the claim again."
_ADD = "Add it in your billing system and send the claim again."
_VENDOR = "Your software writes this part of the file; report it to its vendor."
_UNUSED = "Remove the value; a separator may have been typed into the data before it."
PLAIN = (
    _Kind(
        "transaction",
        "ENGINE",
        "",
        "The guide check broke off, so this transaction is not checked.",
        "Check it in another way before sending it, and report the fault.",
    ),
    _Kind(
        "transaction",
        "23",
        "",
        "Two transactions of this group have the same control number (ST02).",
        _VENDOR,
    ),
    _Kind(
        "transaction",
        "3",
        "",
        "The control number at the end of the transaction (SE02) is not the one at its start (ST02).",
        _VENDOR,
    ),
    _Kind(
        "transaction", "4", "", "The segment count at the end of the transaction (SE01) is wrong.", _VENDOR
    ),
    _Kind(
        "group",
        "3",
        "",
        "A transaction of this group has no end (SE).",
        "Export the file again; it may be cut.",
    ),
    _Kind(
        "group",
        "4",
        "",
        "The control number at the end of the group (GE02) is not the one at its start (GS06).",
        _VENDOR,
    ),
    _Kind("group", "5", "", "The transaction count at the end of the group (GE01) is wrong.", _VENDOR),
    _Kind("group", "6", "", "Two groups of this interchange have the same control number (GS06).", _VENDOR),
    _Kind("group", "", "", "The group is not closed or counted as it should be.", _VENDOR),
    _Kind(
        "interchange",
        "ENGINE",
        "",
        "The guide check of the envelope broke off, so the envelope is not checked.",
        "Check the ISA, GS, GE and IEA segments by eye, and report the fault.",
    ),
    _Kind(
        "interchange",
        "001",
        "",
        "The control number at the end of the interchange (IEA02) is not the one at its start (ISA13).",
        _VENDOR,
    ),
    _Kind(
        "interchange", "021", "", "The group count at the end of the interchange (IEA01) is wrong.", _VENDOR
    ),
    _Kind(
        "interchange", "023", "", "The interchange has no end (IEA).", "Export the file again; it may be cut."
    ),
    _Kind(
        "interchange",
        "024",
        "",
        "A group of this interchange has no end (GE).",
        "Export the file again; it may be cut.",
    ),
    _Kind("interchange", "025", "", "Two interchanges have the same control number (ISA13).", _VENDOR),
    _Kind(
        "segment",
        "3",
        "Mandatory loop",
        "Loop {loop} (its {segment} segment) is required and missing{shows}.",
        _ADD,
    ),
    _Kind("segment", "3", "", "The {segment} segment is required in loop {loop} and missing{shows}.", _ADD),
    _Kind(
        "segment",
        "4",
        "",
        "Loop {loop} stands here more often than the guide allows ({where}).",
        "Remove the repetition, or split the claim.",
    ),
    _Kind(
        "segment",
        "5",
        "",
        "The {segment} segment stands in loop {loop} more often than the guide allows ({where}).",
        "Remove the repetition.",
    ),
    _Kind("segment", "2", "", "{where} is not used by this guide.", "Remove it."),
    _Kind(
        "segment",
        "1",
        "identifier",
        "{where} begins with something that is no segment name.",
        "A separator may have been typed into the data just before; remove it there.",
    ),
    _Kind("segment", "1", "leading space", "There is a blank before {where}.", _VENDOR),
    _Kind(
        "segment",
        "1",
        "",
        "{where} has no place here; the guide was in loop {loop}.",
        "Check the order of segments and the qualifier in the first element.",
    ),
    _Kind("segment", "8", "", "{where} is empty.", "Fill it or leave it out."),
    _Kind("segment", "SEG1", "", "{where} ends in empty elements, which must be left out.", _VENDOR),
    _Kind("segment", "HL1", "", "The HL segments are not numbered 1, 2, 3 (HL01 in {where}).", _VENDOR),
    _Kind("segment", "HL2", "", "{where} names a parent (HL02) that does not stand above it.", _VENDOR),
    _Kind("segment", "LX", "", "The service lines are not numbered 1, 2, 3 (LX01 in {where}).", _VENDOR),
    _Kind("element", "1", "", "{element} is required and empty.", _ADD),
    _Kind(
        "element",
        "10",
        "Syntax",
        "{where} has elements that may not be given together.",
        "Keep the one that is meant.",
    ),
    _Kind("element", "10", "", "{element} is not used by this guide and must be empty.", _UNUSED),
    _Kind(
        "element",
        "5",
        "Not Used",
        "{element} is not used by this guide and must be empty.",
        _UNUSED,
    ),
    _Kind(
        "element",
        "2",
        "",
        "{where} has elements that need one another, and one of them is empty.",
        "Fill the missing one, or empty the others.",
    ),
    _Kind(
        "element",
        "3",
        "sub-elements",
        "{element} has more components than the guide allows.",
        "Remove the ones at its end; a separator may have been typed into the data.",
    ),
    _Kind(
        "element",
        "3",
        "",
        "{where} has more elements than the guide allows.",
        "Remove the ones at its end; a separator may have been typed into the data.",
    ),
    _Kind("element", "4", "", "{element} is too short.", _COPY),
    _Kind("element", "5", "", "{element} is too long.", "Shorten it in your billing system."),
    _Kind(
        "element",
        "6",
        "composite",
        "{element} must be one value and has several components.",
        "A separator may have been typed into the data; remove it.",
    ),
    _Kind("element", "6", "trailing spaces", "{element} ends in blanks.", "Remove the blanks at its end."),
    _Kind(
        "element", "6", "", "{element} has a character that is not allowed there.", "Type the value again."
    ),
    _Kind("element", "7", "", "{element} is not one of the codes the guide allows there.", _COPY),
    _Kind("element", "8", "", "{element} is not a date.", "Enter the date again."),
    _Kind("element", "9", "", "{element} is not a time of day.", "Enter the time again."),
)


def in_plain_words(error: GuideError) -> PlainWords:
    """A sentence and an advice for a biller. Names places, never a value of the file."""
    at = "" if error.ordinal is None or error.segment_id in _ENVELOPE else f"segment {error.ordinal}"
    where = f"the {error.segment_id} segment" if error.segment_id != "?" else "a segment"
    element = f"{error.segment_id}{error.element or 0:02d}" + (
        f"-{error.component}" if error.component else ""
    )
    inside = [f"loop {error.loop}"] if error.loop not in _OUTSIDE else []
    places = {
        "where": f"{where} ({at})" if at else where,
        "element": f"{element} ({', '.join([*inside, at])})" if at else element,
        "shows": f"; that shows at {at}" if at else "",
        "segment": error.segment_id,
        "loop": error.loop,
    }
    for kind in PLAIN:
        if kind.level == error.level and kind.code in (error.code, "") and kind.has in error.message:
            said = kind.message.format(**places)
            return PlainWords(said[0].upper() + said[1:], kind.action)
    said = f"{places['where']} does not follow the guide."
    return PlainWords(said[0].upper() + said[1:], "Read the message of the guide check.")
