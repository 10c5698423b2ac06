"""Reads plain claims that follow one another: column by column, which is faster than one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, chain, compress, islice, repeat
from operator import itemgetter
from typing import Any, TypeVar, cast

import msgspec

from scrub837.claims.insured import NOBODY, Insured, party_id, plain_insured_reader
from scrub837.claims.layout import MARK, layout_of
from scrub837.claims.levels import Levels
from scrub837.claims.model import Claim, Envelope, Level, PlainLines
from scrub837.claims.plain import LONG, SHORT, plain_claim
from scrub837.claims.services import Billed, Days
from scrub837.claims.values import read_billed, read_days, read_facility
from scrub837.config import Profile
from scrub837.x12.segments import Block, Splitter

_TOGETHER = 32  # claims that are read at once: few enough to stay in the processor's cache
_Kind = TypeVar("_Kind")


class Above(msgspec.Struct):
    """What stands above the next claim of a transaction, and how much came before it."""

    claims: int  # of the file
    segments: int = 0  # of the transaction, without blank ones
    billing: Level | None = None
    billing_npi: str = ""
    leads: bool = True  # no claim was read below the billing provider
    subscriber: Level | None = None
    patient: Level | None = None
    insured: Insured = NOBODY


class PlainReader:
    """Reads the plain claims of a transaction."""

    def __init__(
        self,
        splitter: Splitter,
        envelope: Envelope,
        profile_of: Callable[[Insured], Profile],
        levels: Levels,
    ) -> None:
        self._splitter = splitter
        self._envelope = envelope
        self._profile_of = profile_of
        self._levels = levels
        pattern: Any = plain_claim(splitter.separators, splitter.cut)
        # what re.Scanner of the standard library is made of; typeshed does not know it
        self._scanner: Callable[[str, int], Any] = pattern.scanner
        self._read_insured = plain_insured_reader(splitter.cut, splitter.separators)

    def read(self, text: str, at: int, start: int, above: Above, *, to_end: bool) -> list[Claim] | None:
        """The plain claims at ``text[at:]``, some at a time; byte ``start`` is the first of ``text``.

        A claim that ends with the text is read only ``to_end``, for else more of it may follow. ``None``
        where line ends or terminators stand in them that are not the usual ones.
        """
        found = list(islice(iter(self._scanner(text, at).match, None), _TOGETHER))
        if found and not to_end and found[-1].end() == len(text):
            found.pop()
        rows = [match.groups("") for match in found]
        if not rows or (not rows[0][0] and above.subscriber is None):
            return []
        cut, element = self._splitter.cut, self._splitter.separators.element
        heads = [row[6].split(cut) for row in rows]
        layouts = [layout_of(tuple([piece[:MARK] for piece in head[1:]]), element) for head in heads]
        known = [layout.known for layout in layouts]
        if False in known:
            count = known.index(False)
            del rows[count:], heads[count:], layouts[count:]
            if not rows:
                return []
        levels, numbers, parents, children, abouts, texts, _, ids, charges, facilities, lines = zip(
            *rows, strict=True
        )
        pieces = [one.split(cut) for one in lines]
        insured = list(map(self._read_insured, abouts))
        starts = list(
            accumulate(map(len, chain.from_iterable(zip(levels, texts, strict=True))), initial=start + at)
        )
        ordinals = list(accumulate(_lengths(insured, heads, pieces), initial=above.segments + 1))
        if not self._splitter.even_part(text, at, starts[-1] - start, ordinals[-1] - ordinals[0]):
            return None
        own = [level != "" for level in levels]
        blocks = self._blocks(levels, starts[::2], ordinals[::2])
        columns = blocks, repeat("22"), numbers, parents, children
        made = list(map(Level, *(compress(column, own) for column in columns)))
        self._levels.add_subscribers(made)
        subscribers = _carried(made, own, above.subscriber)
        insured = _carried(list(compress(insured, own)), own, above.insured)
        below = own.index(True) if True in own else len(own)  # claims of the subscriber above, or a dependent
        plain, billed, days = self._lines(pieces, heads)
        places = [read_facility(one, self._splitter.separators.component) for one in facilities]
        claims = list(
            map(
                Claim,
                range(above.claims + 1, above.claims + 1 + len(rows)),
                repeat(self._envelope),
                repeat(above.billing),
                subscribers,
                [above.patient] * below + [None] * (len(rows) - below),
                self._blocks(texts, starts[1::2], ordinals[1::2]),
                [
                    head[: layout.end] if layout.other_payers else head
                    for head, layout in zip(heads, layouts, strict=True)
                ],
                layouts,
                plain,
                chain((above.leads,), repeat(False)),
                billed,
                days,
                map(str.strip, ids),
                charges,
                facilities,
                map(itemgetter(0), places),
                map(itemgetter(1), places),
                [
                    (party_id(head[layout.rendering], element) if layout.rendering else "")
                    or above.billing_npi
                    for head, layout in zip(heads, layouts, strict=True)
                ],
                repeat(above.billing_npi),
                insured,
                map(self._profile_of, insured),
            )
        )
        above.claims += len(claims)
        above.segments = ordinals[-1] - 1
        above.leads = False
        above.subscriber, above.insured = subscribers[-1], insured[-1]
        if below < len(own):
            above.patient = None
        return claims

    def _lines(
        self, pieces: Sequence[list[str]], heads: Sequence[list[str]]
    ) -> tuple[list[PlainLines], list[Billed], list[Days]]:
        element, component = self._splitter.separators.element, self._splitter.separators.component
        plain, billed, days = [], [], []
        for piece, head in zip(pieces, heads, strict=True):
            each = LONG if piece[-1][:3] == "REF" else SHORT
            plain.append(PlainLines(tuple(piece[::each]), piece[3::each] if each == LONG else [], len(head)))
            billed.append(read_billed(tuple(piece[1::each]), element, component))
            days.append(read_days(tuple(piece[2::each]), element))
        return plain, billed, days

    def _blocks(
        self, texts: Sequence[str], starts: Sequence[int], ordinals: Sequence[int]
    ) -> Iterator[Block]:
        splitter = self._splitter
        return map(Block, texts, repeat(splitter.cut), starts, ordinals, repeat(splitter.separators))


def _lengths(
    insured: Sequence[Insured], heads: Sequence[list[str]], pieces: Sequence[list[str]]
) -> Iterator[int]:
    """Segments of each level, which is not always there, and of each claim; ``Insured`` leaves out the HL."""
    for above, head, lines in zip(insured, heads, pieces, strict=True):
        yield above.segments + 1 if above.segments else 0
        yield len(head) + len(lines)


def _carried(own: list[_Kind], which: Sequence[bool], before: _Kind | None) -> list[_Kind]:
    """The next of ``own`` where it is one's own, else the one before."""
    if len(own) == len(which):
        return own
    rest = iter(own)
    carried = [before := next(rest) if mine else before for mine in which]
    return cast(list[_Kind], carried)  # the first has its own where there is none before
