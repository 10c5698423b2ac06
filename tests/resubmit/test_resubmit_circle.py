"""The full circle: a batch is checked, sent, answered, worked, sent again, and answered once more."""

from __future__ import annotations

import importlib
import io
import sys
from collections import Counter
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from batches import batches
from desk_responses import ROOT, worked
from desk_resubmit import DAY, Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain import read_plainly

from scrub837.claims.documentation import Documentation
from scrub837.configure import built_in_settings
from scrub837.engine import Job, scan
from scrub837.errors import CorrectionUnproven
from scrub837.findings import Safety
from scrub837.fixes.assemble import assemble
from scrub837.fixes.batch import take_apart
from scrub837.reference.store import open_reference
from scrub837.responses.history import Outcome
from scrub837.resubmit.choose import Choice, Kind
from scrub837.resubmit.frequency import refer
from scrub837.resubmit.numbers import Counter as Numbers
from scrub837.resubmit.numbers import renumber
from scrub837.resubmit.prove import check_written
from scrub837.x12.source import Source, open_source

sys.path.append(str(ROOT / "bench"))
generate: Any = importlib.import_module("generate")
answers: Any = importlib.import_module("answers")
LATER = {"999": "20261217", "277": "20261218", "835": "20270102", "corrected": "20270109"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk without a ledger."""
    return Desk(tmp_path, tmp_path / "out.edi")


@pytest.mark.parametrize(("seed", "faults"), [(837, 0.3), (5010, 0.0)])
def test_nothing_is_lost_doubled_or_sent_twice(
    seed: int, faults: float, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, log = io.StringIO(newline=""), io.StringIO(newline="")
    generate.write_batch(out, log, claims=260, claims_per_st=40, seed=seed, faults=faults)
    sent, minutes = out.getvalue(), log.getvalue()
    made, desk.day = answers.answers(sent, seed), date(2026, 12, 15)
    truth = {fate.claim: fate for fate in made.fates}
    done = desk.again([sent], list(made.files.values()), number=500, log=minutes, safety=Safety.DOCUMENTED)

    # every claim is in the new file, or left out for one reason; the charges add up to what was sent
    written = [one.choice.claim for one in done.written]
    assert len(set(written)) == len(written) > 10
    assert len(written) + done.counted.total() == len(truth)
    charges = made.charges
    sent_again = sum((charges[claim] for claim in written), Decimal(0))
    assert sent_again + sum(done.charges.values()) == sum(charges.values())
    listed = {one.claim: one for one in done.left_out}
    assert listed.keys().isdisjoint(written)

    # what it is sent as follows from what the answers were meant to say
    for one in done.written:
        fate = truth[one.choice.claim]
        adjudicated = fate.outcome in ("denied", "paid-less", "adjusted")
        assert (one.choice.kind, one.choice.payer_claim) == (
            (Kind.REPLACEMENT, fate.payer_claim) if adjudicated else (Kind.ORIGINAL, "")
        )
        assert adjudicated or fate.outcome == "rejected"
    for claim, fate in truth.items():
        if fate.outcome == "rejected" and claim not in written:
            elsewhere = fate.codes == ("A3:116",)  # sent to the wrong payer
            assert listed[claim].why == ("other-action" if elsewhere else "held")

    # the file says so itself, read with nothing of the program
    plain = read_plainly(desk.target.read_bytes())
    assert plain.wrong == set()
    heads = {one.text.split("*")[1]: one for one in plain.claims}
    assert sorted(heads) == sorted(written)
    assert {one.envelope[:2] for one in plain.claims} == {("000000500", "500")}
    for one in done.written:
        text = heads[one.choice.claim].text
        frequency = text.split("~")[0].split("*")[5].split(":")[2]
        assert frequency == ("7" if one.choice.kind is Kind.REPLACEMENT else "1")
        assert (f"REF*F8*{one.choice.payer_claim}~" in text) is (one.choice.kind is Kind.REPLACEMENT)
        assert Decimal(text.split("*")[2]) == one.charge

    # and the program finds nothing to hold in it, pyx12 included
    job = Job(built_in_settings(today=desk.day), open_reference(None), Documentation())
    with closing(open_source(str(desk.target))) as source, closing(scan(source, job)) as report:
        assert report.status == "ready"
        assert report.counts.charge == sum((one.charge for one in done.written), Decimal(0))

    # it is answered as well: each claim has one end in the two batches together
    monkeypatch.setattr(answers, "DAYS", LATER)
    second = answers.answers(desk.target.read_text("ascii"), seed + 1)
    again = [desk.put(text) for text in (*made.files.values(), *second.files.values())]
    both = [desk.put(sent), desk.target]
    with worked(again, both) as work:
        ends = Counter(
            work.history(n).outcome
            for n in range(work.sent.count)
            if work.sent.batch_of(n) is work.sent.batches[1]
        )
        assert ends == Counter(Outcome(fate.outcome) for fate in second.fates)
    last = Desk(tmp_path, tmp_path / "last.edi", count=desk.count, day=date(2027, 2, 1))
    third = last.again(
        [sent, desk.target.read_bytes()], [*made.files.values(), *second.files.values()], number=900
    )
    assert third.counted["sent-again"] >= len(written) - third.counted["paid"]
    first_batch = {one.choice.claim for one in third.written if one.choice.number < len(truth)}
    assert first_batch.isdisjoint(written)  # what was sent again is only looked at as it was sent last


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(edi=batches(), data=st.data())
def test_any_claims_of_any_batch_keep_their_place(edi: bytes, data: st.DataObject, tmp_path: Path) -> None:
    """Odd separators, wraps, blanks and levels: the new file holds these claims below the same levels."""
    path, out = tmp_path / "in.edi", tmp_path / "out.edi"
    path.write_bytes(edi)
    with closing(open_source(str(path))) as source, out.open("w+b") as file:
        batch = take_apart(source)
        indexes = [index for one in batch.transactions for index in one.indexes]
        picked = sorted(data.draw(st.sets(st.sampled_from(indexes), min_size=1)))
        kinds = data.draw(st.lists(st.sampled_from(list(Kind)), min_size=len(picked), max_size=len(picked)))
        choices = [
            Choice(
                n,
                f"C{n}",
                n,
                Decimal(0),
                kind,
                Outcome.DENIED,
                "" if kind is Kind.ORIGINAL else "PAYER1",
                False,
            )
            for n, kind in zip(picked, kinds, strict=True)
        ]
        new = renumber(source, batch, picked, Numbers.starting(77), DAY)
        edits = list(new.edits)
        for choice in choices:
            contents = next(one for one in batch.transactions if choice.index in one.indexes)
            if choice.kind.frequency:
                edits += refer(source, contents, choice.index, choice.kind.frequency, choice.payer_claim)
        edits.sort(key=lambda edit: edit.start)
        sound = all(
            one.sound
            for one in batch.transactions
            if not set(one.indexes) <= set(picked) and set(one.indexes) & set(picked)
        )
        if not sound:
            with pytest.raises(CorrectionUnproven):
                assemble(source, batch, picked.__contains__, file, edits)
            return
        assert assemble(source, batch, picked.__contains__, file, edits) == picked
        file.flush()
        written = Source("out", file)
        check_written(source, batch, choices, written, take_apart(written), new.numbers)
    plain = read_plainly(out.read_bytes())
    assert [one.text.split(edi[3:4].decode("latin-1"))[1] for one in plain.claims] == [
        f"C{n}" for n in picked
    ]
    whole = [wrong for wrong in plain.wrong if wrong[1] in ("SE", "GE", "IEA")]
    assert whole == []
