"""SV101 as it was sent: where a modifier stands in it, and how it reads with other modifiers."""

from __future__ import annotations

from scrub837.claims.model import Line
from scrub837.claims.values import REPLACING
from scrub837.findings import Edit, Fix, Location, Safety
from scrub837.rules._rule import manual

MOST_MODIFIERS = 4  # SV101-3 to SV101-6
_SV101 = len("SV1*")
_FIRST, _DESCRIPTION = 2, 6  # where the modifiers begin and end in the components, counted from 0


def sv101(line: Line) -> Location:
    """``line.locate("SV101")``, without looking for the segment."""
    claim, at = line.claim, line.sv1_at
    block = claim.block
    if block.sent is not None:  # pieces stand otherwise in the file
        start, end = block.span(at, 1)
        return claim.spot(block, at, "SV101", start, end, loop="2400", line=line)
    before, envelope = block.pieces[:at], claim.envelope
    start = block.start + sum(map(len, before)) + at * len(block.cut) + _SV101
    return Location(
        interchange=envelope.interchange,
        group=envelope.group,
        transaction=envelope.transaction,
        claim=claim.id,
        claim_index=claim.index,
        line=line.number,
        line_control=line.control,
        loop="2400",
        segment=block.ordinal + at - before.count(""),
        element="SV101",
        start=start,
        end=start + len(line.procedure.raw),
    )


def components(line: Line) -> list[str]:
    """The components of SV101 as sent, SV101-1 first."""
    return line.procedure.raw.split(line.claim.block.separators.component)


def slots(line: Line) -> list[str]:
    """SV101-3 to SV101-6 as sent, as many as there are."""
    return components(line)[_FIRST:_DESCRIPTION]


def place_of(line: Line, *modifiers: str) -> str:
    """Where the first of these modifiers stands, such as ``SV101-4``; ``SV101`` when none does."""
    for number, raw in enumerate(slots(line), start=_FIRST + 1):
        if raw.strip().upper() in modifiers:
            return f"SV101-{number}"
    return "SV101"


def with_modifiers(line: Line, modifiers: list[str]) -> str:
    """SV101 with these modifiers, at most four, in place of its own; a description keeps its place."""
    parts = components(line)
    rest = parts[_DESCRIPTION:]
    new = parts[:_FIRST] + modifiers
    if any(part.strip() for part in rest):
        new += [""] * (_DESCRIPTION - len(new)) + rest
    component = line.claim.block.separators.component
    return component.join(new).rstrip(component)


def read_only(line: Line) -> str | None:
    """Why a line must not be changed without a person, if it must not."""
    if line.adjudicated:
        return "another payer has already decided on this line"
    if line.repriced or line.claim.first("HCP"):
        return "a repricer has already priced this line"
    if line.claim.frequency in REPLACING:
        return "the claim replaces or voids one the payer already has"
    return None


def rewritten(
    line: Line,
    element: str,
    before: str,
    after: str,
    *,
    safety: Safety = Safety.SAFE,
    evidence: str | None = None,
) -> Fix:
    """The replacement of SV101 or of a component of it; only shown where the line must not be changed."""
    place = line.locate(element)
    start, end, reason = place.start, place.end, read_only(line)
    if reason is None and (start is None or end is None or end - start != len(before)):
        reason = "the segment is wrapped inside the procedure"
    if reason is not None or start is None or end is None:
        return manual(before, after, reason or "")
    edit = Edit(start, end, before, after)
    return Fix(safety=safety, before=before, after=after, evidence=evidence, edits=(edit,))
