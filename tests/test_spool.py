"""Records in temporary files: read back as they were put in, whoever wrote them."""

import io
from contextlib import closing

import pytest

from scrub837.spool import Shelf, Spool
from scrub837.spread import spread


def batches_of_records() -> list[list[bytes]]:
    """Of all lengths, with batches that are empty and records that are."""
    return [[bytes([65 + n]) * (7 * m % 5) for m in range(n * 13 % 9)] for n in range(24)] + [
        [b"x" * 3_000_000]
    ]


def contents(spool: Spool) -> bytes:
    out = io.BytesIO()
    spool.copy_to(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", [Spool, Shelf])
def test_records_come_back_in_order(kind: type[Spool]) -> None:
    wanted: list[bytes] = []
    with closing(kind()) as spool:
        for batch in batches_of_records():
            spool.extend(batch)
            wanted += batch
            assert [spool[n] for n in range(len(spool))] == wanted
        assert contents(spool) == b",\n".join(wanted)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_processes_write_by_themselves_and_the_reader_keeps_the_order(jobs: int) -> None:
    batches = batches_of_records()
    wanted = [record for batch in batches for record in batch]
    with closing(Shelf()) as shelf:
        for placed in spread(lambda n: shelf.put(batches[n]), len(batches), jobs):
            shelf.add(placed)
        assert len(shelf) == len(wanted)
        assert [shelf[n] for n in reversed(range(len(shelf)))] == wanted[::-1]
        assert contents(shelf) == b",\n".join(wanted)


def test_what_is_written_but_not_taken_up_is_not_there() -> None:
    with closing(Shelf()) as shelf:
        shelf.extend([b"one"])
        late = shelf.put([b"late"])
        shelf.put([b"never"])
        shelf.extend([b"two"])
        shelf.add(late)
        assert contents(shelf) == b"one,\ntwo,\nlate"
