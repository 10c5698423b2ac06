"""Invented values for a patient's: of the same length and kind of characters, and always the same.

A value becomes another by a key, character by character; each step depends on what stands before it. So
equal values stay equal, different ones different, and what begins alike begins alike afterwards, too. No
letter or digit stays what it was. Blanks, punctuation, case and leading zeros stay: rules speak of them.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable
from datetime import date, timedelta

from scrub837.claims.notes import told
from scrub837.claims.values import read_day
from scrub837.x12.separators import ISA_START

_PLACEHOLDERS = ("none", "null", "nan", "undefined")  # programs write them for nothing (rule CLM071)
_CLASSES = ("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_PLACE = {char: (letters, n) for letters in _CLASSES for n, char in enumerate(letters)}
# Continuation bytes that are valid behind every lead byte of UTF-8, and the letters of Latin-1.
_WIDE = {
    chr(code): (tuple(map(chr, codes)), n)
    for codes in (
        range(0xA0, 0xC0),
        (*range(0xC0, 0xD7), *range(0xD8, 0xDF)),
        (*range(0xDF, 0xF7), *range(0xF8, 0x100)),
    )
    for n, code in enumerate(codes)
}
_CONTINUATION = {char: place for char, place in _WIDE.items() if char < "\xc0"}
_REMEMBERED = 1 << 16
_OLD = 2  # years before the first service: then a birthday decides nothing


class Invented:
    """Values by a key. ``days`` are days of service: what lies between two of them stays between them."""

    def __init__(self, key: bytes, days: Iterable[date] = ()) -> None:
        self._root = hashlib.blake2b(key=key, digest_size=2)
        self._days = sorted(set(days))
        self._known: dict[str, str] = {}

    def value(self, text: str) -> str:
        """A name, id or address."""
        known = self._known.get(text)
        if known is None:
            known = text
            if not _stands_for_nothing(text):
                known = self._turned(text)
                while _stands_for_nothing(known):
                    known = self._turned(known)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[text] = known
        return known

    def note(self, text: str) -> str:
        """Free text. Times, minutes and areas that are read from it stay; so does the start of an ISA."""
        parts, at = [], 0
        kept = [*told(text), *(match.span() for match in ISA_START.finditer(text))]
        for start, end in sorted(kept):
            if start >= at:
                parts += [self.value(text[at:start]), text[start:end]]
                at = end
        return "".join([*parts, self.value(text[at:])])

    def day(self, text: str) -> str:
        """A birth date (CCYYMMDD): a day of the same year on the same side of all days of service.

        What is no day of the calendar becomes another that is none.
        """
        bare = re.sub(r"\s", "", text)
        born = read_day(bare)
        if born is not None:
            new = f"{self._moved(born):%Y%m%d}"
        elif re.fullmatch(r"\d{8}", bare, re.ASCII):
            new = f"{self._year(int(bare[:4])):04d}{bare[4:]}"
        else:
            return self.value(text)
        digits = iter(new)
        return "".join(char if char.isspace() else next(digits) for char in text)

    def _moved(self, born: date) -> date:
        first, last = date(born.year, 1, 1), date(born.year, 12, 31)
        if self._days and born.year > self._days[0].year - _OLD:
            at = bisect_left(self._days, born)
            if at < len(self._days) and self._days[at] == born:
                return born  # on a day of service, and that is what matters of it
            if at:
                first = max(first, self._days[at - 1] + timedelta(1))
            if at < len(self._days):
                last = min(last, self._days[at] - timedelta(1))
        size = (last - first).days + 1
        shift = 1 + self._number(f"day {first}") % (size - 1) if size > 1 else 0
        return first + timedelta(((born - first).days + shift) % size)

    def _year(self, year: int) -> int:
        """Another year of the same length, and still a number of four digits."""
        shift = 4 * (1 + self._number("year") % 5)
        return year - shift if 1920 < year < 2100 and year - shift > 1900 else year

    def _number(self, of: str) -> int:
        state = self._root.copy()
        state.update(of.encode("latin-1"))
        return int.from_bytes(state.digest(), "big")

    def _turned(self, text: str) -> str:
        wide = _WIDE
        if not text.isascii():
            try:
                text.encode("latin-1").decode()
                wide = _CONTINUATION
            except UnicodeDecodeError:
                pass
        state, started, out = self._root.copy(), False, []
        for char in text:
            letters, number = _PLACE.get(char) or wide.get(char) or ("", 0)
            if not letters or (char == "0" and not started):
                out.append(char)
                continue
            low = 0 if started or letters[0] != "0" else 1  # a leading digit that is no zero stays none
            size = len(letters) - low
            shift = 1 + int.from_bytes(state.digest(), "big") % (size - 1)
            out.append(letters[low + (number - low + shift) % size])
            started = True
            state.update(char.upper().encode("utf-8"))
        return "".join(out)


def _stands_for_nothing(text: str) -> bool:
    return text.strip().strip("()").lower() in _PLACEHOLDERS
