"""Asks a ledger of the claims that answers name and no given batch holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from scrub837.responses.match import Matched, Unknown

if TYPE_CHECKING:
    from scrub837.nightly.ledger_rows import ClaimHistory


class Recalls(Protocol):
    """What is asked of a ledger: the files a claim was in, by its CLM01, the oldest first."""

    def history(self, reference: str) -> Iterable[ClaimHistory]: ...


def recall(matched: Matched, ledger: Recalls) -> None:
    """Say of unknown claims which file they were sent with, as far as the ledger knows them."""
    matched.unknown = [_recalled(one, ledger) for one in matched.unknown]


def _recalled(one: Unknown, ledger: Recalls) -> Unknown:
    files = [told.file for told in ledger.history(one.claim)] if one.claim else []
    if not files:
        return one
    last = files[-1]
    when = (last.published or last.started)[:10]
    return replace(one, why=f"the ledger knows this claim from {last.name} of {when}: name it with --batch")
