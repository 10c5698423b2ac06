"""A generated batch and its generated answers: every claim comes to what the generator meant, to the cent."""

from __future__ import annotations

import importlib
import io
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from desk_responses import ROOT, as_json, worked

sys.path.append(str(ROOT / "bench"))
generate = importlib.import_module("generate")
answers = importlib.import_module("answers")


@pytest.mark.parametrize(("seed", "faults"), [(837, 0.0), (5010, 0.3)])
def test_generated_answers_are_told_as_they_were_meant(seed: int, faults: float, tmp_path: Path) -> None:
    out, log = io.StringIO(newline=""), io.StringIO(newline="")
    generate.write_batch(out, log, claims=260, claims_per_st=40, seed=seed, faults=faults)
    made = answers.answers(out.getvalue(), seed)
    batch, minutes = tmp_path / "batch.837", tmp_path / "minutes.csv"
    batch.write_text(out.getvalue(), "ascii")
    minutes.write_text(log.getvalue(), "ascii")
    files = []
    for name, text in made.files.items():
        files.append(tmp_path / name)
        files[-1].write_text(text, "ascii")
    with worked(files, [batch], [minutes]) as done:
        told = as_json(done)

    assert {one["code"] for one in told["remarks"]} <= {"line-charges"}  # a fault of the generated batch
    assert told["unknown"] == []
    truth = {fate.claim: fate for fate in made.fates}
    assert {one["claim"] for one in told["claims"]} == set(truth)
    assert len(told["claims"]) == len(truth)
    for one in told["claims"]:
        fate = truth[one["claim"]]
        assert (one["outcome"], one["paid"], one["patient_share"], one["payer_claim"]) == (
            fate.outcome, fate.paid, fate.patient, fate.payer_claim,
        )  # fmt: skip
    counted = Counter(
        {name: one["claims"] for name, one in told["totals"]["outcomes"].items() if one["claims"]}
    )
    assert counted == made.outcomes()
    charged = sum((Decimal(one["charge"]) for one in told["totals"]["outcomes"].values()), Decimal(0))
    assert charged == sum(made.charges.values(), Decimal(0))
    paid = sum((Decimal(fate.paid) for fate in made.fates), Decimal(0))
    assert Decimal(told["totals"]["remitted"]["paid"]) == paid
    _check_work(told["worklist"], truth, batch.read_text("ascii"))


def _check_work(worklist: list[dict[str, object]], truth: dict[str, object], batch: str) -> None:
    """Each claim that is not accepted or paid is worked once, for the reasons that were meant."""
    to_work = {name for name, fate in truth.items() if fate.outcome not in ("paid", "accepted")}  # type: ignore[attr-defined] # loaded late
    assert sorted(one["claim"] for one in worklist) == sorted(to_work)  # type: ignore[type-var] # JSON
    for one in worklist:
        fate = truth[str(one["claim"])]
        reasons = one["reasons"]
        assert isinstance(reasons, list)
        codes = {reason["code"] for reason in reasons}
        if fate.outcome not in ("adjusted", "missing"):  # type: ignore[attr-defined] # as above
            assert set(fate.codes) <= codes  # type: ignore[attr-defined] # as above
        if fate.element:  # type: ignore[attr-defined] # as above
            sent = reasons[0]["sent"]
            assert (sent["segment"], sent["element"]) == (fate.segment, fate.element)  # type: ignore[attr-defined] # as above
            assert batch[sent["start"] : sent["end"]] == "UN"


def test_the_generator_is_repeatable_and_its_answers_balance() -> None:
    out = io.StringIO(newline="")
    generate.write_batch(out, claims=120, claims_per_st=30, seed=7)
    first, second = (answers.answers(out.getvalue(), 7) for _ in range(2))
    assert first.files == second.files
    assert first.fates == second.fates
    assert {"rejected", "denied", "paid", "paid-less"} <= set(first.outcomes())
