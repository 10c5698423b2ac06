"""What is counted, by hand."""

from __future__ import annotations

from scrub837.audit.document import Sources, document, label_of
from scrub837.audit.facts import ClaimFacts, LineFacts, ReasonFacts
from scrub837.audit.rates import against_norm, interval, share
from scrub837.audit.tallies import ReasonSums, Tallies

CENTS = 100  # hundredths of a cent
DOLLARS = 100 * CENTS


def claim(who: int, *, outcome: str = "", first: str = "", charge: int = 100, **values: object) -> ClaimFacts:
    """A claim of one line of 97140 for two units."""
    usual: dict[str, object] = {
        "payer": "EXMAC", "provider": "1999001013", "charge": charge * DOLLARS, "frequency": "1",
        "rules": frozenset(), "holds": False, "lines": (LineFacts("97140", ("GP",), 2, "2026-11-03"),),
        "who": who, "sent": bool(outcome), "outcome": outcome, "first_outcome": first or outcome,
    }  # fmt: skip
    return ClaimFacts(**(usual | values))  # type: ignore[arg-type] # as ClaimFacts wants them


def test_a_season_by_hand() -> None:
    """Of six claims of $100 two are held, one is paid, one rejected and paid when sent again, one denied."""
    bundled = ReasonFacts("CO-97", 1, 60 * DOLLARS), ReasonFacts("M15", 1, 0)
    tallies = Tallies().add_all(
        [
            claim(1, rules=frozenset(["ptp-unbypassed"]), holds=True),
            claim(2, rules=frozenset(["mod-format"]), holds=True, payer="EXMCD"),
            claim(3, outcome="paid", paid=80 * DOLLARS),
            claim(4, outcome="rejected", open=100 * DOLLARS, first_open=100 * DOLLARS,
                  reasons=(ReasonFacts("A7:453", None, 0),), rules=frozenset(["mod-format"])),
            claim(5, outcome="paid-less", paid=20 * DOLLARS, open=60 * DOLLARS, first_open=60 * DOLLARS,
                  reasons=bundled),
            claim(4, outcome="paid", paid=75 * DOLLARS),
        ]
    )  # fmt: skip
    total = tallies.total
    assert (total.claims, total.charge, total.clean) == (6, 600 * DOLLARS, 3)
    assert (total.held, total.held_charge) == (2, 200 * DOLLARS)
    # three were sent for the first time: one rejected; of the two adjudicated one was paid as billed
    assert (total.first, total.accepted_first, total.decided_first, total.paid_first) == (3, 2, 2, 1)
    assert (total.rejected, total.denied, total.again) == (1, 1, 1)
    assert (total.denied_charge, total.recovered) == (160 * DOLLARS, 75 * DOLLARS)
    assert (total.visits, total.units, total.manual, total.manual_59) == (6, 12, 6, 0)
    assert tallies.units_of_visits == {2: 6}
    assert tallies.payers["EXMCD"].claims == 1

    code = tallies.codes["97140"]
    assert (code.lines, code.decided, code.denied, code.denied_amount) == (6, 3, 1, 60 * DOLLARS)
    assert tallies.reasons["CO-97"] == ReasonSums(1, 60 * DOLLARS, 0, {})
    assert tallies.reasons["A7:453"] == ReasonSums(1, 0, 1, {"mod-format": 1})
    # held claims were not answered: they say nothing of a rule
    assert set(tallies.rules) == {"mod-format"}
    assert (tallies.rules["mod-format"].claims, tallies.rules["mod-format"].failed) == (1, 1)
    assert (tallies.unforeseen.answered, tallies.unforeseen.failed) == (3, 1)


def test_money_that_comes_back_in_parts_counts_once() -> None:
    """$100 denied; $30 paid on the first replacement, $90 on the second: no more than $100 is recovered."""
    tallies = Tallies().add_all(
        [
            claim(1, outcome="denied", open=100 * DOLLARS, first_open=100 * DOLLARS),
            claim(1, outcome="paid-less", paid=30 * DOLLARS, open=70 * DOLLARS, frequency="7"),
            claim(1, outcome="paid", paid=90 * DOLLARS, frequency="7"),
            claim(2, outcome="paid", first="denied", paid=55 * DOLLARS, first_open=100 * DOLLARS),
        ]
    )
    assert tallies.total.recovered == (100 + 55) * DOLLARS
    assert (tallies.total.denied_charge, tallies.total.again) == (200 * DOLLARS, 2)


def test_claims_refused_along_with_others_say_nothing_of_rules() -> None:
    along = claim(1, outcome="rejected", reasons=(ReasonFacts("IK5 5", None, 0),))
    tallies = Tallies().add_all([along])
    assert (tallies.total.first, tallies.total.accepted_first) == (1, 0)
    assert tallies.unforeseen.answered == 0
    assert not tallies.reasons


def test_months_are_chosen_by_service() -> None:
    later = claim(2, lines=(LineFacts("97110", (), 1, "2026-12-01"),))
    assert Tallies().add_all([claim(1), later], "2026-12").total.claims == 1
    assert Tallies().add_all([claim(1), later], "", "2026-11").total.claims == 1
    assert set(Tallies().add_all([claim(1), later]).months) == {"2026-11", "2026-12"}


def test_shares_are_never_without_their_counts() -> None:
    assert (share(3, 4), share(31, 40), share(0, 0)) == ("3 of 4", "31 of 40 (78%)", "-")
    low, high = interval(10, 100)  # Wilson: 0.055 to 0.174
    assert (round(low, 3), round(high, 3)) == (0.055, 0.174)
    assert interval(0, 20)[0] == 0
    assert interval(20, 20)[1] == 1


def test_a_provider_is_compared_with_the_others() -> None:
    """Of 200 lines of others 20 carry 59: of 40 own ones 20 are above, 4 like them, and 19 lines too few."""
    assert against_norm(20, 40, 40, 240) == "above the others"
    assert against_norm(4, 40, 24, 240) == "like the others"
    assert against_norm(19, 19, 39, 219) == "too few to compare"
    assert against_norm(0, 100, 60, 200) == "below the others"


def test_the_largest_come_first_with_our_own_labels() -> None:
    claims = [claim(n, outcome="denied", reasons=(ReasonFacts("CO-97", 1, n * DOLLARS),)) for n in (1, 2)]
    claims.append(claim(3, outcome="denied", reasons=(ReasonFacts("CO-50", 1, 9 * DOLLARS),)))
    made = document(Tallies().add_all(claims), Sources(ledger=True, reports=0, responses=0))
    assert [(one.code, one.amount) for one in made.reasons] == [("CO-50", "9.00"), ("CO-97", "3.00")]
    assert label_of("CO-97") == "included in another service"
    assert label_of("A7:21") == "information missing or not right"
    assert label_of("XX") == ""
