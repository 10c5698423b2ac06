"""Words and facts of what earlier files billed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from scrub837.claims.earlier import EarlierFile, EarlierLine
from scrub837.rules._pairs import joined


def sent_words(file: EarlierFile) -> str:
    """``sent on 2026-11-09 in batch.837``."""
    return f"sent on {file.day} in {file.name}"


def line_words(lines: Sequence[EarlierLine]) -> str:
    """``line 1 of claim C1``; several are told in the order they were sent."""
    names = [
        (f"line {line.number} of " if line.number is not None else "a line of ")
        + f"claim {line.claim.reference}"
        for line in lines
    ]
    return joined(dict.fromkeys(names))


def files_words(lines: Iterable[EarlierLine]) -> str:
    """Where lines were sent."""
    places = [sent_words(line.claim.file).removeprefix("sent ") for line in lines]
    return f"sent {joined(dict.fromkeys(places))}"


def line_facts(lines: Iterable[EarlierLine]) -> list[dict[str, Any]]:
    """Earlier lines for the facts of a finding."""
    return [
        {
            "claim": line.claim.reference,
            "line": line.number,
            "line_control": line.control,
            "code": line.procedure.code,
            "modifiers": line.procedure.modifiers,
            "units": line.units,
            "sent": line.claim.file.day,
            "file": line.claim.file.name,
        }
        for line in lines
    ]
