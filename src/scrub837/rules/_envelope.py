"""What envelope rules share: places in the envelope and in a body, and which interchanges are judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scrub837.claims.levels import KEPT
from scrub837.findings import Finding, Location
from scrub837.rules._rule import Rule
from scrub837.x12.outline import Group, Interchange, Mark, Transaction
from scrub837.x12.segments import Block, read_designator, value
from scrub837.x12.separators import ISA_ELEMENTS

if TYPE_CHECKING:
    from scrub837.engine import Outcome
    from scrub837.tasks import TransactionRead


def read_interchanges(outcome: Outcome) -> list[Interchange]:
    """The interchanges that hold an 837P; of others the envelope is nobody's business here."""
    wanted = {id(task.interchange) for task in outcome.tasks}
    return [interchange for interchange in outcome.outline.interchanges if id(interchange) in wanted]


def whole_isa(interchange: Interchange) -> bool:
    """True when the ISA has its 16 elements: else each may be another one, and only that is worth telling."""
    return len(interchange.isa.segment) == ISA_ELEMENTS + 1


def place(
    interchange: Interchange,
    mark: Mark | None,
    element: int | None = None,
    *,
    group: Group | None = None,
    transaction: Transaction | None = None,
    segment: int | None = None,
) -> Location:
    """The place of an envelope segment or of one of its elements. ``segment`` counts from ST, which is 1."""
    gs = group.gs if group else None
    st = transaction.st if transaction else None
    if mark is None:
        start = end = transaction.start if transaction else interchange.isa.end
    else:
        start, end = (mark.start, mark.end) if element is None else mark.span(element)
    return Location(
        interchange=interchange.isa.at(13),
        group=gs.at(6) if gs else None,
        transaction=st.at(2) if st else None,
        segment=segment,
        element=f"{mark.tag}{element:02d}" if mark and element is not None else mark.tag if mark else None,
        start=start,
        end=end,
    )


def spot(
    read: TransactionRead,
    block: Block,
    at: int,
    element: str | None = None,
    *,
    claim_index: int | None = None,
    loop: str | None = None,
) -> Location:
    """The place of segment ``at`` of a block of the body, or of an element of it."""
    envelope, segment = read.task.envelope, block.segments[at]
    tag, number, component = read_designator(element) if element else (None, None, None)
    start, end = block.span(at, number, component)
    return Location(
        interchange=envelope.interchange,
        group=envelope.group,
        transaction=envelope.transaction,
        claim=value(block.segments[0], 1) if claim_index else None,
        claim_index=claim_index,
        loop=loop,
        segment=block.ordinal_of(at),
        element=element or (segment[0] if re.fullmatch(r"[A-Z][A-Z0-9]{1,2}", segment[0]) else tag),
        start=start,
        end=end,
    )


def transaction_start(read: TransactionRead) -> Location:
    """The ST of a transaction, or where one is missing."""
    task = read.task
    st = task.transaction.st
    return place(
        task.interchange, st, group=task.group, transaction=task.transaction, segment=1 if st else None
    )


def number_of(text: str) -> int | None:
    """A count, else ``None``."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 12 else None


def plural(count: int, one: str, many: str = "") -> str:
    """``1 claim``, ``2 claims``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def capped(rule: Rule, found: Iterable[Finding], total: int, at: Location, *, what: str) -> Iterator[Finding]:
    """The findings, and after them one that counts those beyond ``KEPT``."""
    yield from found
    if total > KEPT:
        more = total - KEPT
        yield rule.finding(
            at,
            f"{more:,} more {what} in transaction {at.transaction or 'without ST02'} are not listed here.",
            why="They are of the same kind as those listed.",
            action="Put the cause right in the practice system and write the batch again.",
            facts={"more": more, "total": total},
        )
