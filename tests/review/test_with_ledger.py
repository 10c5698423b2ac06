"""The page beside nightly runs: what was sent before is known, and what goes out here is told."""

from __future__ import annotations

import importlib
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from front_desk import Client, Start, batch_bytes
from nights import Night

from scrub837.configure import load_settings
from scrub837.nightly.ledger import State, open_ledger

sys.path.append(str(Path(__file__).parents[2] / "bench"))
answers = importlib.import_module("answers")

FINE = "97110:GP x2 $62"


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A drop folder with a ledger, in which one file was sent."""
    for name in ("SCRUB837_REFERENCE", "SCRUB837_LEDGER", "SCRUB837_LEDGER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    night = Night(tmp_path / "night")
    night.drop("first.837", batch_bytes(f"id=ONE isa=000000041 gs=41 | {FINE}"))
    assert [one.outcome for one in night.run().files] == ["ready"]
    return night


def settings_of(night: Night) -> Any:
    return load_settings(night.write_settings())


def states(night: Night) -> list[tuple[str, int]]:
    """The files of the ledger: their state, and how many of their claims count as sent."""
    with closing(open_ledger(night.root / "state" / "ledger.sqlite", read_only=True)) as ledger:
        rows = ledger.database.query(
            "SELECT state, (SELECT count(*) FROM claims c WHERE file_id = f.id AND c.state = 'published') "
            "FROM files f ORDER BY id"
        )
        return [(str(state), int(claims)) for state, claims in rows]


def text(client: Client, path: str) -> str:
    """What a page says, as one line."""
    return " ".join(client.get(path).text.split())


def test_a_claim_that_was_sent_in_a_night_is_held(start: Start, night: Night) -> None:
    client = start(settings=settings_of(night)).client()
    client.upload("b.837", batch_bytes(f"id=TWO isa=000000041 gs=42 | {FINE} || id=NEW patient=B | {FINE}"))
    assert "DUP004" in text(client, "/batches/1/claims/1")
    assert "DUP004" not in text(client, "/batches/1/claims/2")
    assert "ENV027" in text(client, "/batches/1")


def test_where_the_ledger_is_away_it_is_said(start: Start, night: Night) -> None:
    settings, ledger = settings_of(night), night.root / "state" / "ledger.sqlite"
    away = ledger.with_name("away")
    ledger.rename(away)
    ledger.write_bytes(b"no ledger at all")
    client = start(settings=settings).client()
    client.upload("b.837", batch_bytes(f"id=TWO isa=000000051 gs=51 | {FINE}"))
    page = text(client, "/batches/1")
    assert "claim-sent-before" in page
    assert "the ledger of nightly runs cannot be asked" in page
    assert "nothing here was compared with what was sent before" in text(client, "/batches/1/files")
    ledger.unlink()
    away.rename(ledger)
    assert "nothing here was compared" not in text(client, "/batches/1/files")  # it is back
    assert "DUP003" in text(client, "/batches/1")


def test_what_goes_out_here_is_told_and_taken_back(start: Start, night: Night) -> None:
    here = start(settings=settings_of(night))
    client = here.client()
    pair = "97140:GP x1 $35 ; 97530:GP x1 $46"
    batch = f"id=GO isa=000000061 gs=61 patient=C | {FINE} || id=STAY patient=B | {pair}"
    client.upload("b.837", batch_bytes(batch))
    assert client.post("/batches/1/sent", {"sent": "yes"}).status == 409  # nothing was made of it yet
    assert client.post("/batches/1/files", {"apply": "documented"}).status == 303
    assert states(night) == [("published", 1)]  # to make a file is not to send it
    assert "It was sent" in text(client, "/batches/1/files")
    assert client.post("/batches/1/sent", {"sent": "yes"}).status == 303
    assert client.post("/batches/1/sent", {"sent": "yes"}).status == 303  # said twice, entered once
    assert states(night) == [("published", 1), ("published", 1)]
    more = f"id=GO2 isa=000000062 gs=62 patient=C | {FINE} || id=NEW patient=E | {FINE}"
    client.upload("again.837", batch_bytes(more))
    assert "DUP004" in text(client, "/batches/2/claims/1")
    assert client.post("/batches/1/sent", {"sent": "no"}).status == 303
    assert states(night) == [("published", 1), (State.SEEN.value, 0)]
    text(client, "/batches/2/files")
    assert "DUP004" not in text(client, "/batches/2/claims/1")
    assert here.desk.store.broken() is None


def test_what_came_back_is_kept_and_not_made_anew_twice(start: Start, night: Night) -> None:
    here = start(settings=settings_of(night))
    client = here.client()
    data = batch_bytes(f"id=BACK isa=000000071 gs=71 patient=D | {FINE}")
    night.drop("second.837", data)
    assert [one.outcome for one in night.run().files] == ["ready"]
    client.upload("second.837", data)
    assert "DUP003" in text(client, "/batches/1")  # it was sent in the night, as the same bytes
    told = (answers.answers(data.decode("latin-1"), seed).files["277ca.txt"] for seed in range(60))
    client.upload("277ca.txt", next(one for one in told if "STC*A7" in one).encode())
    assert "keeps what became of 1 claim." in text(client, "/answers")
    assert states(night)[1] == ("superseded", 0)  # it never reached a decision
    shown = text(client, "/batches/1/resend")
    assert 'name="number" value="72"' in shown
    assert text(client, "/batches/1/resend") == shown  # to look keeps nothing
    assert client.post("/batches/1/resend", {"number": "72"}).status == 303
    item = here.desk.store.item(1, 1)
    assert item is not None
    [closing_entry] = here.desk.store.trail("what = 'done'")
    undo = {"what": "undo", "entry": str(closing_entry.id), "version": str(item.version)}
    assert client.post("/batches/1/claims/1", undo).status == 303
    assert "made anew before" in text(client, "/batches/1/resend")
    assert client.post("/batches/1/resend", {"number": "73"}).status == 409
    assert 'name="again" value="yes"' in text(client, "/batches/1/resend?again=yes")
    assert client.post("/batches/1/resend", {"number": "73", "again": "yes"}).status == 303
    page = text(client, "/nights")  # two nights' files; one of two claims was answered, and came back
    assert "<dt>Came back</dt><dd>$62.00</dd>" in page
    assert "1 rejected, 0 denied" in page
    assert "all claims of the ledger" in page
    doctor = text(client, "/nights?look=yes")
    assert "ledger.sqlite, with its key" in doctor


def test_without_a_ledger_trends_are_of_what_is_here(start: Start) -> None:
    client = start().client()
    assert "No claim is here yet" in text(client, "/nights")
    client.upload("b.837", data := batch_bytes())
    for name, made in answers.answers(data.decode("latin-1"), 3).files.items():
        client.upload(name, made.encode())
    page = text(client, "/nights")
    # of five claims ($274) BACK ($62) is rejected, PAIR, SMALL and FINE are paid, PLAIN is not answered
    assert '<dt>Came back</dt><dd>$62.00</dd><dd class="quiet">1 rejected, 0 denied</dd>' in page
    assert "<dt>Accepted first</dt><dd>3 of 4</dd>" in page
    assert '<dt>Held</dt><dd>$181.00</dd><dd class="quiet">3 of 5 claims</dd>' in page
    assert "all batches of this workspace" in page
    assert "By rendering provider" not in page  # which is not kept here


def test_claims_of_one_number_in_two_batches_are_not_mixed_up(start: Start) -> None:
    here = start()
    client = here.client()
    both = [batch_bytes(f"id=ACCOUNT isa=00000008{n} gs=8{n} dos=2026-11-0{n} | {FINE}") for n in (2, 3)]
    for n, data in enumerate(both, start=1):
        client.upload(f"{n}.837", data)
        told = (answers.answers(data.decode("latin-1"), seed).files["277ca.txt"] for seed in range(60))
        client.upload(f"{n}.277ca", next(one for one in told if "STC*A7" in one).encode())
    assert [one.answered for one in here.desk.store.items("1 = 1")] == ["fix", "fix"]
    hold = {"what": "hold", "reason": "asked for the record", "version": "1"}
    assert client.post("/batches/1/claims/1", hold).status == 303
    assert "No claim of this batch can be sent again now" in text(client, "/batches/1/resend")
    assert client.post("/batches/3/resend", {"number": "84"}).status == 303
    made = here.desk.workspace.out_file(3, "resubmit").read_text()
    assert (made.count("CLM*"), "20261103" in made, "20261102" in made) == (1, True, False)
    assert [one.decision for one in here.desk.store.items("1 = 1", (), "ORDER BY batch")] == ["hold", "done"]
