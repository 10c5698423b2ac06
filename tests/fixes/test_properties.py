"""Whatever is untidy: only its own bytes change, twice is once, undo undoes, and no claim gets lost."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from io import BytesIO
from pathlib import Path

from batches import batches
from desk import Desk
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from plain import Plain, read_plainly

from scrub837.engine import scan
from scrub837.findings import Safety, Severity
from scrub837.fixes.compose import compose, proposals_of
from scrub837.fixes.journal import read_journal, undo
from scrub837.fixes.splice import write_spliced
from scrub837.x12.source import open_source

QUICK = [Phase.explicit, Phase.generate]


def rebuilt(edi: bytes, journal: Path) -> bytes:
    """What the journal makes of the original."""
    parts, at = [], 0
    for edit in json.loads(journal.read_text())["edits"]:
        start, before = edit["start"], edit["before"].encode("latin-1")
        assert edi[start : start + len(before)] == before
        parts += [edi[at:start], edit["after"].encode("latin-1")]
        at = start + len(before)
    return b"".join([*parts, edi[at:]])


@settings(max_examples=18, deadline=None, phases=QUICK)
@given(batches())
def test_corrections_keep_to_their_places_and_can_be_undone(edi: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        once = desk.correct(edi)
        assert once.bytes is not None
        journal = Path(folder, "out1.edi.journal.json")
        assert rebuilt(edi, journal) == once.bytes
        places = [p for f in once.findings if f.fix and f.fix.applied for p in (f.location, *f.related)]
        for edit in json.loads(journal.read_text())["edits"]:
            start, end = edit["start"], edit["start"] + len(edit["before"])
            assert any((p.start or 0) <= start and end <= (p.end or 0) for p in places)

        twice = desk.correct(once.bytes)
        assert twice.bytes == once.bytes
        assert twice.correction.changes == 0
        hard = (Severity.REJECT, Severity.DENY)
        was = {
            (f.name, f.location.claim_index, f.location.line_control)
            for f in once.findings
            if f.severity in hard
        }
        now = {
            (f.name, f.location.claim_index, f.location.line_control)
            for f in twice.findings
            if f.severity in hard
        }
        assert now <= was

        back = Path(folder, "back.edi")
        with closing(open_source(str(Path(folder, "out1.edi")))) as corrected:
            undo(corrected, read_journal(journal), back)
        assert back.read_bytes() == edi


@settings(max_examples=18, deadline=None, phases=QUICK)
@given(batches(), st.randoms(use_true_random=False))
def test_any_choice_of_corrections_changes_its_own_bytes_alone(edi: bytes, chance: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        path = Path(folder, "in.edi")
        path.write_bytes(edi)
        with (
            desk.job() as job,
            closing(open_source(str(path))) as source,
            closing(scan(source, job)) as report,
        ):
            proposals = proposals_of(report)
            barred = {one.key: "left out" for one in proposals if chance.random() < 0.5}  # type: ignore[attr-defined]
            chosen = compose(report, Safety.SAFE, barred)
            out = BytesIO()
            write_spliced(source, len(edi), chosen.splices, out)
        assert not barred.keys() & {one.key for one in chosen.taken}
        allowed = {(edit.start, edit.end, edit.new) for one in chosen.taken for edit in one.edits}
        text, at, rest = out.getvalue(), 0, 0
        for splice in chosen.splices:
            assert (splice.start, splice.end, splice.after) in allowed
            gap = splice.start - at
            assert edi[at : splice.start] == text[rest : rest + gap]
            rest += gap
            assert text[rest : rest + len(splice.after)] == splice.after.encode("latin-1")
            at, rest = splice.end, rest + len(splice.after)
        assert edi[at:] == text[rest:]


@settings(max_examples=22, deadline=None, phases=QUICK)
@given(batches())
def test_the_two_parts_of_a_batch_are_its_claims(edi: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        done = desk.split(edi)
        if done.ready:
            again = desk.split(done.ready)
            assert (again.ready, again.held) == (done.ready, None)
    was, claims = read_plainly(edi), read_plainly(edi).claims
    uncertain = {envelope for envelope, what in was.wrong if what == "HL02"}  # whole or not at all
    for part, side in ((done.ready, done.split.ready), (done.held, done.split.held)):
        now = read_plainly(part) if part else Plain()
        assert now.claims == [claims[index - 1] for index in side.claims]
        assert {envelope for envelope, _ in now.wrong} <= (uncertain if part is done.held else set())
    assert sorted([*done.split.ready.claims, *done.split.held.claims]) == [*range(1, len(claims) + 1)]
    assert done.faulty <= set(done.split.held.claims)


@settings(max_examples=12, deadline=None, phases=QUICK)
@given(batches(tidy=True))
def test_a_batch_without_fault_goes_as_it_is(edi: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        done = Desk(Path(folder)).split(edi)
        assert (done.ready, done.held) == (edi, None)
