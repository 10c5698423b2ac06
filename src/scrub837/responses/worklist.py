"""The claims that need work: what to do next with each, most urgent first, then by money.

A reason is put beside what our own rules say of the same claim and line, so that the next batch does not
bring the same denial; and beside what the record shows, where a pair, units or time are in dispute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from scrub837.findings import Finding, Location, Severity
from scrub837.responses.codes import Action
from scrub837.responses.exhibits import PairShown, UnitsShown
from scrub837.responses.history import History, Outcome
from scrub837.responses.reasons import Reason
from scrub837.results import ClaimRow

TITLES = {
    Action.FIX: "Correct and send as new claims",
    Action.SEND_AGAIN: "Send again as new claims",
    Action.REPLACE: "Replace (frequency 7 with the payer's claim number)",
    Action.APPEAL: "Appeal with records",
    Action.OTHER_PAYER: "Bill the other payer",
    Action.PATIENT: "Bill the patient",
    Action.WRITE_OFF: "Write off",
    Action.WAIT: "Wait, or ask the payer",
}


class Judged(msgspec.Struct, frozen=True):
    """A reason with what our rules say of the same place."""

    reason: Reason
    found: tuple[str, ...]  # codes of rules that find fault there
    words: str
    action: Action  # the reason's own, or what the record makes of it
    advice: str


class WorkItem(msgspec.Struct, frozen=True):
    """A claim to be worked."""

    number: int  # of the claim, through all batches
    action: Action
    amount: Decimal  # to be won or lost
    outcome: Outcome
    payer_claim: str
    reasons: tuple[Judged, ...]
    pairs: tuple[PairShown, ...]
    units: tuple[UnitsShown, ...]
    advice: str


def needs_work(history: History) -> bool:
    """Whether somebody has to do something about a claim."""
    if history.outcome in (Outcome.PAID, Outcome.ACCEPTED):
        return any(reason.action is not Action.NONE for reason in history.reasons)
    return True


def work_item(
    history: History,
    row: ClaimRow,
    findings: Sequence[Finding],
    shown: tuple[Sequence[PairShown], Sequence[UnitsShown]] = ((), ()),
) -> WorkItem:
    """What to do with a claim that needs work."""
    pairs, units = shown
    reasons = tuple(judge_reason(one, row, findings, pairs, units) for one in history.reasons)
    action, advice = _next(history, reasons)
    return WorkItem(
        history.number, action, history.open, history.outcome, history.payer_claim, reasons, tuple(pairs),
        tuple(units), advice,
    )  # fmt: skip


def in_order(items: Iterable[WorkItem]) -> list[WorkItem]:
    """By what to do next, then by money, then as sent."""
    return sorted(items, key=lambda item: (item.action.rank, -item.amount, item.number))


def judge_reason(
    reason: Reason,
    row: ClaimRow,
    findings: Sequence[Finding],
    pairs: Sequence[PairShown] = (),
    units: Sequence[UnitsShown] = (),
) -> Judged:
    """What our rules and the record say of the place of a reason."""
    found = [one for one in findings if one.severity.rank >= Severity.RISK.rank]
    if reason.action is Action.SEND_AGAIN:  # no fault is named; what holds a claim would bounce it next time
        found = [one for one in found if one.severity.holds]
    else:
        found = [one for one in found if _same_matter(reason, row, one)]
    found.sort(key=lambda one: (-one.severity.rank, one.code))
    codes = tuple(dict.fromkeys(one.code for one in found))
    action, advice = reason.action, ""
    if reason.line is not None and action is not Action.NONE:
        if any(rule.startswith("PTP") for rule in reason.rules):
            action, advice = _by_pairs(reason, pairs)
        elif any(rule.startswith(("MUE", "TIM")) for rule in reason.rules):
            action, advice = _by_units(reason, codes, units)
    if codes and action is Action.SEND_AGAIN:
        action = Action.FIX
        advice = f"It is not faulted by name, but scrub837 check finds {', '.join(codes)}: correct it first."
    wrong = [one.code for one in found if one.severity.holds]
    if action is Action.APPEAL and wrong and not advice:
        action = Action.REPLACE
        advice = (
            f"Correct what scrub837 check finds ({', '.join(dict.fromkeys(wrong))}) and replace the claim."
        )
    return Judged(reason, codes, rule_words(codes, reason.rules), action, advice)


def rule_words(found: Sequence[str], rules: Sequence[str]) -> str:
    """What our rules say, of one reason or of several."""
    if found:
        return f"scrub837 check finds this: {', '.join(found)}"
    return f"nothing found by {', '.join(rules)}" if rules else "no rule covers this yet"


def _by_pairs(reason: Reason, pairs: Sequence[PairShown]) -> tuple[Action, str]:
    """The record may show that a bundled line is to be appealed or written off rather than replaced."""
    mine = [one for one in pairs if one.about == reason.line]
    if mine:
        worst = max(mine, key=lambda one: one.action.rank)  # of several pairs each must be borne out
        return worst.action, worst.advice
    if reason.action is not Action.REPLACE:
        return reason.action, ""
    return Action.APPEAL, NO_PAIR


def _by_units(reason: Reason, found: Sequence[str], units: Sequence[UnitsShown]) -> tuple[Action, str]:
    """Units that our rules object to are to be corrected; those that the record bears out, appealed."""
    if any(code.startswith(("MUE", "TIM")) for code in found):
        return Action.REPLACE, "Bill the units that the record supports: see the finding."
    if any(one.minutes is not None for one in units if reason.line in one.about):
        return Action.APPEAL, "No rule objects to the units and the record shows the minutes: appeal with it."
    return reason.action, ""


def _same_matter(reason: Reason, row: ClaimRow, finding: Finding) -> bool:
    if reason.sent is not None:  # an element of our file: whatever is found there, or meant by such a code
        there = finding.location
        if None not in (reason.sent.start, there.start, there.end) and _covers(there, reason.sent):
            return True
        if there.segment is not None and there.segment == reason.sent.segment:
            return finding.code.startswith(reason.rules) if reason.rules else True
        return False
    if not reason.rules or not finding.code.startswith(reason.rules):
        return False
    if reason.line is None:
        return True
    number = row.lines[reason.line].line
    places = (finding.location, *finding.related)
    return all(place.line is None for place in places) or any(place.line == number for place in places)


def _covers(outer: Location, inner: Location) -> bool:
    return (outer.start or 0) <= (inner.start or 0) <= (outer.end or 0)


def _next(history: History, reasons: Sequence[Judged]) -> tuple[Action, str]:
    """The action of a claim and a sentence about it."""
    if history.outcome is Outcome.MISSING:
        return Action.WAIT, "No answer has come. Ask whether it was received before sending it again."
    asked = [one for one in reasons if one.action is not Action.NONE]
    if not asked:
        return Action.APPEAL, _ADVICE[Action.APPEAL]
    action = min((one.action for one in asked), key=lambda one: one.rank)
    advice = next((one.advice for one in asked if one.action is action and one.advice), "")
    return action, (advice or _ADVICE[action]) + _number_words(action, history)


def _number_words(action: Action, history: History) -> str:
    if action is not Action.REPLACE:
        return ""
    if history.payer_claim:
        return f" The payer's number is {history.payer_claim}."
    return " The payer's claim number is not in the answers: ask for it."


NO_PAIR = "The reference holds no pair of a bundled line in force that day: ask which edit was applied."
_ADVICE = {
    Action.FIX: "It was never adjudicated: correct it and send it as a new claim.",
    Action.SEND_AGAIN: "Nothing is wrong with this claim: send it again as a new claim.",
    Action.REPLACE: "Correct it and replace it (frequency 7).",
    Action.APPEAL: "Check the record; appeal with it if it bears the claim out.",
    Action.OTHER_PAYER: "Bill the payer that comes first, with this answer.",
    Action.PATIENT: "The payer leaves this to the patient; check before you bill.",
    Action.WRITE_OFF: "Write it off: it may not be billed to the patient.",
    Action.WAIT: "Wait for the payer's decision, or ask for it.",
    Action.NONE: "",
}
