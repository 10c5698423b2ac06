"""Why a claim was rejected, denied or cut, as values: the code as sent, our label, the action, the place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from scrub837.findings import Location
from scrub837.responses.answers import (
    Adjustment,
    ElementError,
    GroupAnswer,
    InterchangeAnswer,
    Place,
    RemarkCode,
    SegmentError,
    SetAnswer,
    Status,
    StatusAnswer,
)
from scrub837.responses.codes import Action, Code, code_of
from scrub837.responses.match import LineHints, match_lines
from scrub837.results import ClaimRow

UNLABELLED = "no label here: look the code up"
_VAGUE = frozenset(("16", "96", "125", "A1"))  # "see the remark codes"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason. ``line`` is the index of the line in the claim's row, ``sent`` the element in our file."""

    list: str  # CARC, RARC, STC, CLP, TA1, AK9, IK5, IK3, IK4 or SVC
    code: str
    group: str = ""  # of a CARC: CO, PR, OA, PI
    label: str
    action: Action
    rules: tuple[str, ...] = ()  # beginnings of codes of the rules that look at it
    amount: Decimal | None = None
    line: int | None = None
    text: str = ""  # free text or the bad value; may be a patient's
    place: Place
    sent: Location | None = None


def _of(list_: str, code: str, place: Place, *, unknown: Action = Action.FIX, told: str = "") -> Reason:
    row = code_of(list_, code)
    return Reason(
        list=list_,
        code=told or code,
        label=row.label if row else UNLABELLED,
        action=row.action if row else unknown,
        rules=row.rules if row else (),
        place=place,
    )


def interchange_reasons(answer: InterchangeAnswer) -> list[Reason]:
    """Why a TA1 refuses an interchange."""
    return [_of("TA1", answer.note, answer.place)]


def group_reasons(answer: GroupAnswer) -> list[Reason]:
    """Why a 999 refuses a group."""
    codes = [_of("AK9", code, answer.place) for code in answer.codes]
    return codes or [_with_others("AK9", answer.verdict, answer.place)]


def set_reasons(answer: SetAnswer, faults: Sequence[Reason]) -> list[Reason]:
    """Why a 999 refuses the transaction a claim is in: its own faults, or those of another."""
    if faults:
        return list(faults)
    codes = [code for code in answer.codes if code not in ("5", "I5")]
    if codes or not answer.errors:
        found = [_of("IK5", code, answer.place) for code in (codes or answer.codes)]
        return found or [_with_others("IK5", answer.verdict, answer.place)]
    return [_with_others("IK5", answer.codes[0] if answer.codes else answer.verdict, answer.place)]


def _with_others(list_: str, code: str, place: Place) -> Reason:
    return Reason(
        list=list_,
        code=code,
        label="rejected along with the rest of its transaction",
        action=Action.SEND_AGAIN,
        place=place,
    )


def segment_reason(error: SegmentError, sent: Location | None, line: int | None) -> Reason:
    """A segment that a 999 faults as a whole."""
    return msgspec.structs.replace(_of("IK3", error.code, error.place), sent=sent, line=line)


def element_reason(error: ElementError, sent: Location | None, line: int | None) -> Reason:
    """An element that a 999 faults."""
    reason = _of("IK4", error.code, error.place)
    return msgspec.structs.replace(reason, sent=sent, line=line, text=error.value)


def status_reasons(answer: StatusAnswer, row: ClaimRow) -> list[Reason]:
    """What the statuses of a 277 say, those of lines with their line."""
    hints = [
        LineHints(one.control, (one.procedure,), one.modifiers, one.charge, None) for one in answer.lines
    ]
    lines = match_lines(row, hints)
    found = [_status(one, None) for one in answer.statuses]
    for told, line in zip(answer.lines, lines, strict=True):
        found += [_status(one, line) for one in told.statuses]
    return found


def _status(status: Status, line: int | None) -> Reason:
    """A status: what is wrong is told by its code, what is to be done first of all by its category."""
    told = ":".join(filter(None, (status.category, status.code, status.entity)))
    reason = _of("STC", status.code, status.place, told=told)
    category = code_of("CAT", status.category)
    action, label = reason.action, reason.label
    if category is not None and (category.action is not Action.FIX or action is Action.NONE):
        action = category.action
    if category is not None and label == UNLABELLED:
        label = category.label
    return msgspec.structs.replace(reason, action=action, label=label, line=line, text=status.text)


def adjustment_reason(adjustment: Adjustment, line: int | None) -> Reason:
    """An adjustment of an 835: who must bear it (its group) decides with its code."""
    row = code_of("CARC", adjustment.code)
    return Reason(
        list="CARC",
        code=adjustment.code,
        group=adjustment.group,
        label=row.label if row else UNLABELLED,
        action=_by_group(row, adjustment.group),
        rules=row.rules if row else (),
        amount=adjustment.amount,
        line=line,
        place=adjustment.place,
    )


def _by_group(row: Code | None, group: str) -> Action:
    if group == "PR":  # the payer says that the patient owes it
        keeps = row is not None and row.action in (Action.REPLACE, Action.OTHER_PAYER, Action.NONE)
        return row.action if row is not None and keeps else Action.PATIENT
    if row is None:
        return Action.APPEAL
    if group == "CO" and row.action is Action.PATIENT:
        return Action.WRITE_OFF  # not to be billed to the patient
    return row.action


def remark_reasons(remarks: Iterable[RemarkCode], line: int | None, beside: Iterable[Reason]) -> list[Reason]:
    """Remark codes beside adjustments; those that only inform are left out.

    They decide what to do only where the adjustment itself does not say what is wrong.
    """
    decides = any(one.list == "CARC" and one.code in _VAGUE and one.group != "PR" for one in beside)
    found = []
    for one in remarks:
        reason = msgspec.structs.replace(_of("RARC", one.code, one.place, unknown=Action.NONE), line=line)
        if reason.action is Action.NONE and reason.label != UNLABELLED:
            continue
        found.append(reason if decides else msgspec.structs.replace(reason, action=Action.NONE))
    return found


def claim_status_reason(code: str, place: Place) -> Reason:
    """What CLP02 alone says."""
    row = code_of("CLP", code)
    if row is None:
        label = "denied; no reason is given" if code == "4" else "pending at the payer"
        action = Action.APPEAL if code == "4" else Action.WAIT
        return Reason(list="CLP", code=code, label=label, action=action, place=place)
    return _of("CLP", code, place)


def unread_reason(status: str, place: Place) -> Reason:
    """A payment whose amount is not to be read."""
    label = "the amount paid cannot be read"
    return Reason(list="CLP", code=status, label=label, action=Action.WAIT, place=place)


def unexplained_reason(status: str, amount: Decimal, place: Place) -> Reason:
    """Money that a payer neither paid nor gave a reason for."""
    label = "neither paid nor explained"
    return Reason(list="CLP", code=status, label=label, action=Action.WAIT, amount=amount, place=place)


def change_reason(code: str, label: str, line: int, place: Place) -> Reason:
    """What a payer changed on a line that it paid."""
    return Reason(list="SVC", code=code, label=label, action=Action.APPEAL, line=line, place=place)
