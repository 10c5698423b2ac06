"""Codes and states in words, as the pages show them."""

from __future__ import annotations

from collections.abc import Mapping

OUTCOMES: Mapping[str, str] = {
    "rejected": "rejected before it was decided",
    "denied": "denied",
    "adjusted": "paid for other than billed",
    "paid-less": "paid less",
    "paid": "paid as billed",
    "accepted": "accepted, not decided yet",
    "missing": "not answered",
}
STATES: Mapping[str, str] = {"seen": "not sent", "published": "sent", "superseded": "counts no more"}
RUNS: Mapping[str, str] = {
    "0": "all done",
    "1": "done, some need a person",
    "2": "failed",
    "75": "to be tried again",
}
_TAKEN = {
    "A": "accepted", "E": "accepted with errors", "P": "accepted in part", "R": "rejected", "M": "rejected",
    "W": "rejected", "X": "rejected",
}  # fmt: skip
_PAID = {
    "1": "decided as primary", "2": "decided as secondary", "3": "decided as tertiary", "4": "denied",
    "19": "decided as primary, passed on", "20": "decided as secondary, passed on",
    "21": "decided as tertiary, passed on", "22": "payment taken back", "23": "not theirs, passed on",
    "25": "only an estimate",
}  # fmt: skip
_STATUS = {
    "A0": "passed on", "A1": "received", "A2": "accepted", "A3": "returned", "A4": "not found", "A5": "split",
    "A6": "rejected", "A7": "rejected", "A8": "rejected", "F0": "decided", "F1": "paid", "F2": "denied",
    "F3": "changed", "F4": "decided, no payment",
}  # fmt: skip
_GROUPS = {"A": "accepted", "P": "being worked on", "F": "decided", "R": "asks for more", "E": "failed"}


def step_words(kind: str, verdict: str) -> str:
    """``accepted (A2)``: what an answer says of a claim, and the code it says it with."""
    known = {"835": _PAID}.get(kind, _STATUS if kind.startswith("277") else _TAKEN)
    first = verdict.partition(":")[0]
    words = known.get(first) or (_GROUPS.get(first[:1], "") if known is _STATUS else "")
    return f"{words} ({verdict})" if words else verdict


def day_words(text: str) -> str:
    """``1991-03-02`` of a date as it stands in a segment."""
    if len(text) == 8 and text.isascii() and text.isdecimal():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return text
