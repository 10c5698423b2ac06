"""Service lines as Apache Parquet, to be loaded into tables: days are days, amounts and units decimals.

What the file has where a number or a day should be, and is none, is null here; CSV and JSON lines show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from scrub837.claims.values import read_number
from scrub837.report import PLAIN, View
from scrub837.report.service_lines import ServiceLine

_TOGETHER = 20_000  # rows that are in memory at once
_DIGITS, _DECIMALS = 18, 4
_NUMBERS = ("claim_charge", "charge", "units")
_DAYS = ("from", "to")
_LISTS = ("modifiers", "pointers", "diagnoses")
_INTEGERS = ("claim_index", "line")


def write(rows: Iterable[ServiceLine], out: BinaryIO, _view: View = PLAIN) -> None:
    """A row a line, in groups of ``_TOGETHER``."""
    names = ServiceLine.__struct_encode_fields__
    schema = pa.schema([(name, _type_of(name)) for name in names])
    left = iter(rows)
    with pq.ParquetWriter(out, schema, compression="zstd") as table:
        while group := [msgspec.structs.astuple(row) for row in islice(left, _TOGETHER)]:
            columns = zip(names, zip(*group, strict=True), strict=True)
            arrays = [pa.array(map(_READ[name], values), _type_of(name)) for name, values in columns]
            table.write_table(pa.table(arrays, schema=schema))


def _type_of(name: str) -> pa.DataType:
    if name in _NUMBERS:
        return pa.decimal128(_DIGITS, _DECIMALS)
    if name in _DAYS:
        return pa.date32()
    if name in _INTEGERS:
        return pa.int64()
    return pa.list_(pa.string()) if name in _LISTS else pa.string()


@lru_cache(1 << 12)
def _number(text: str) -> Decimal | None:
    number = read_number(text)
    if number is None or abs(number) >= 10 ** (_DIGITS - _DECIMALS):
        return None
    exact = number.quantize(Decimal(1).scaleb(-_DECIMALS))
    return exact if exact == number else None


@lru_cache(1 << 12)
def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _as_it_is(value: Any) -> Any:
    return value


_READ: dict[str, Callable[[Any], Any]] = {
    name: _number if name in _NUMBERS else _day if name in _DAYS else _as_it_is
    for name in ServiceLine.__struct_encode_fields__
}
