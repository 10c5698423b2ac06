"""What is remembered of usually documented claims never changes what is said of the next."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from random import Random

import msgspec
import pytest

from scrub837.asking import Asking
from scrub837.rules._usual import UsualEncounters
from scrub837.testing import Built, build, judge

# care that is billed together: timed and untimed, pairs, codes with minutes of their own
VISITS = (
    ("97140:GP x1", "97530:GP:59 x1", "97110:GP x1"),
    ("97150:GP x1", "97110:GP:59 x1"),
    ("97161:GP x1", "97140:GP:XE x1", "97110:GP x2"),
    ("97110:GP x1", "97112:GP x1", "G0283:GP x1"),
    ("98941:AT x1", "97140:GP:59 x1"),
    ("97530:GO x1", "97116:GO:XS x1", "97535:GO:CO x1"),
    ("97110:GP:KX x1", "97140:GP x1"),
    ("97129:GN x1", "97130:GN x1"),
    ("90837 x1",),
    ("99213:25 x1", "97140:GP x1"),
)
# what may be odd about the documentation of a line; of each batch one thing or two are
ODD = {
    "minutes": ("8", "15", "23", "53", "241"),
    "times": ("none", "later", "earlier", "one off", "nothing"),
    "area": ("", "[neck]", "[knee R]", "[back]"),
    "role": ("PTA", "aide", "OT", ""),
    "mode": ("group", "one_on_one", "supervised"),
    "session": ("1", "2"),
    "attested": ("unattested",),
    "reason": ("separate_goal",),
    "totals": ("timed=15", "timed=90 treatment=60", "treatment=30"),
    "ytd": ("100", "2479", "9000"),
}

TOGETHER = (
    ("minutes", "role"),
    ("times", "area"),
    ("times", "session"),
    ("totals", "minutes"),
    ("mode", "role"),
)


def line_of(care: str, odd: dict[str, str], at: int) -> tuple[str, int]:
    """A line in the notation and when the next one may begin. Usually the clock and an area document it."""
    minutes, times = int(odd.get("minutes", "15")), odd.get("times", "")
    if times == "nothing":
        return care, at
    start = at + {"later": 5, "earlier": -4}.get(times, 0)
    stop = start + minutes
    words = [care, odd.get("area", "[lumbar]"), odd.get("attested", ""), odd.get("totals", "")]
    if times != "none":
        words.append(f"{start // 60:02d}{start % 60:02d}-{stop // 60:02d}{stop % 60:02d}")
    if times in ("none", "one off"):
        words.append(f"@{minutes + (times == 'one off')}")
    words += [f"{key}={odd[key]}" for key in ("role", "mode", "session", "reason", "ytd") if odd.get(key)]
    return " ".join(filter(None, words)), stop


def batch_of(rng: Random, odd: Sequence[str]) -> str:
    """Claims of each kind of visit, some of them with what is odd, in a random order."""
    texts = []
    for n, visit in enumerate(rng.sample(VISITS * 12, 12 * len(VISITS))):
        at, lines = 540, []
        for care in visit:
            line, at = line_of(care, {key: rng.choice(ODD[key]) for key in odd if rng.random() < 0.5}, at)
            lines.append(line)
        about = f"id=C{n} patient={rng.choice('ABCDE')} payer={rng.choice(('MB', 'MB', 'MB', 'CI'))}"
        texts.append(f"{about} dos=2026-11-{rng.randint(2, 13):02d} | {' ; '.join(lines)}")
    strict = rng.choice(("with=assistant-modifiers ", "with=strict-documentation ", "with=prefers-x "))
    return strict + " || ".join(texts)


def said(batch: Built) -> list[object]:
    """All that the report of a batch says."""
    with closing(judge(batch)) as report:
        rows = (report.finding_json(), report.timed.json(), report.claim_json())
        return [report.not_checked, *([msgspec.json.decode(row) for row in each] for each in rows)]


@pytest.mark.parametrize("odd", [*((one,) for one in ODD), *TOGETHER], ids=" ".join)
def test_memory_changes_nothing(odd: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With memory, with each encounter asked about anew, and with none of them taken to be usual."""
    batch = build(batch_of(Random(str(odd)), odd))  # noqa: S311 - no secret
    assert batch.log is not None
    hits: list[bool] = []
    of = UsualEncounters.of

    def counted(*args: object) -> object:
        found = of(*args)  # type: ignore[arg-type]
        hits.append(found is not None)
        return found

    monkeypatch.setattr(UsualEncounters, "of", counted)
    with monkeypatch.context() as patched:
        with_memory, usual = said(batch), sum(hits)
        patched.setattr(Asking, "_remember", lambda *_: None)
        without_memory = said(batch)
        patched.setattr(UsualEncounters, "of", lambda *_: None)
        unusual = said(batch)
    assert usual > 20, "most of them are usual, else nothing is shown here"
    assert with_memory == without_memory
    assert with_memory == unusual
