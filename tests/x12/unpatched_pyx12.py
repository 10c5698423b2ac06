"""Runs pyx12's own validator over texts given as JSON on stdin and tells, as JSON, each error it raised.

It is started in a process of its own, so that nothing of the package under test is loaded. pyx12 is only
watched: which segment it had just read, and which error it hands to its error tree.
"""

import io
import json
import logging
import sys
from functools import lru_cache
from typing import Any

import pyx12.error_handler
import pyx12.map_if
import pyx12.params
import pyx12.x12file
from pyx12.x12n_document import x12n_document

logging.disable(logging.CRITICAL)
ENVELOPE = ("ISA", "GS", "GE", "IEA", "TA1")
seen: list[dict[str, Any]] = []
current: dict[str, Any] = {}
unplaced: list[dict[str, Any]] = []  # errors of the reader about a segment it has not read to its end

_parse_segment = pyx12.x12file.X12Reader._parse_segment
_load_map_file = pyx12.map_if.load_map_file
_err_handler = pyx12.error_handler.err_handler


def parse_segment(self: Any, segment: Any) -> None:
    _parse_segment(self, segment)
    tag = segment.get_seg_id()
    ordinal = None if tag in ENVELOPE else self.seg_count + (tag == "SE")
    current.update(segment=tag, ordinal=ordinal)
    for error in unplaced:
        error.update(current)
    unplaced.clear()


def seg_error(_self: Any, code: str, text: str, value: Any = None, src_line: Any = None) -> None:
    error = {"level": "segment", "code": code, "text": text, "element": None, "component": None}
    seen.append(error)
    unplaced.append(error)


class Watched(_err_handler):  # type: ignore[misc, valid-type]  # pyx12 ships no types
    def add_seg(self, node: Any, segment: Any, count: int, line: int, ls_id: Any) -> None:
        super().add_seg(node, segment, count, line, ls_id)
        # met at an SE, pyx12 names the segment before it, while everywhere else it names the one it is at
        self.met = {"segment": segment.get_seg_id(), "ordinal": count + (current["segment"] == "SE")}

    def _see(self, level: str, code: str, text: str, **more: Any) -> None:
        seen.append({"level": level, "code": code, "text": text, "element": None, "component": None, **more})

    def isa_error(self, code: str, text: str) -> None:
        self._see("interchange", code, text, segment="", ordinal=None)

    def gs_error(self, code: str, text: str) -> None:
        self._see("group", code, text, segment="", ordinal=None)

    def st_error(self, code: str, text: str) -> None:
        self._see("transaction", code, text, segment="", ordinal=None)

    def seg_error(self, code: str, text: str, *_: Any) -> None:
        self._see("segment", code, text, **(current if code == "8" else self.met))

    def ele_error(self, code: str, text: str, *_: Any) -> None:
        element = self.cur_ele_node
        more = {**current, "element": element.ele_pos, "component": element.subele_pos}
        self._see("element", code, text, **more)


@lru_cache
def load_once(file: str, _param: Any, path: Any = None) -> Any:
    return _load_map_file(file, pyx12.params.ParamsBase(), path)


def main() -> None:
    pyx12.map_if.load_map_file = load_once  # a map never changes, and loading it takes most of the time
    pyx12.x12file.X12Reader._parse_segment = parse_segment
    pyx12.x12file.X12Base._seg_error = seg_error
    pyx12.error_handler.err_handler = Watched
    param = pyx12.params.ParamsBase()
    answers: list[dict[str, Any]] = []
    for text in json.load(sys.stdin):
        seen.clear()
        unplaced.clear()
        try:
            x12n_document(param, io.StringIO(text), None, None)
            answers.append({"errors": list(seen), "crash": None})
        except Exception as crash:  # noqa: BLE001 - that it breaks off is part of the answer
            answers.append({"errors": list(seen), "crash": type(crash).__name__})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
