"""The documented correction: 59 or an X modifier on a column 2 line, where attested rows show it to be true.

It is proposed only. What is missing for it is said, so that somebody can look it up.
"""

from __future__ import annotations

from collections.abc import Sequence

from scrub837.claims.documentation import Interval
from scrub837.claims.model import Line
from scrub837.claims.provider_work import UNSKILLED
from scrub837.findings import Edit, Fix, Safety
from scrub837.rules._evidence import NO_LOG, Basis, Evidence, Verdict, evidence, minutes_of
from scrub837.rules._pairs import Answer, Pairing, joined
from scrub837.rules._rule import Context
from scrub837.rules._sv101 import MOST_MODIFIERS, components, read_only


def proposal(line: Line, found: Sequence[Pairing], context: Context) -> Fix | str:
    """The correction of a column 2 line, or why there is none; ``found`` are all pairs of its encounter.

    A modifier speaks to every pair the line is in, so all of them have to be documented, those that another
    modifier answers as well.
    """
    mine = [p for p in found if p.second is line or p.first is line]
    barred = _barred(line, mine, context)
    if barred:
        return barred
    shown = [evidence(p, context.documentation) for p in mine if p.visit is None]
    for one in shown:
        missing = _missing(one)
        if missing:
            return missing
    return _fix(line, _modifier(shown, prefers_x=line.claim.profile.prefers_x), shown)


def _barred(line: Line, mine: Sequence[Pairing], context: Context) -> str | None:
    profile = line.claim.profile
    for p in mine:
        reason = read_only(p.second) or read_only(p.first)
        if reason:
            return reason
    if any(p.answer is Answer.NEVER for p in mine):
        return "the line also stands in a pair that no modifier separates"
    if any(p.open and p.visit is not None for p in mine):
        return "only the provider's note can say whether a visit was significant and separate"
    if line.claim.frequency != "1":
        return "the claim is not an original one"
    if line.dates.days != 1:
        return "the line covers several days"
    if profile.ignores_59:
        return "this payer is known to deny such pairs whatever the modifier"
    if profile.modifier_line != "column-2":
        return "this payer wants the modifier on the column 1 line"
    if len(line.procedure.modifiers) >= MOST_MODIFIERS:
        return "all four modifier places are taken"
    if not context.documentation.given:
        return NO_LOG
    if any(one.claim.first("HCP") for p in mine for one in (p.first, p.second)):
        return "a repricer has already priced the claim"
    return None


def _missing(shown: Evidence) -> str | None:
    """What a documented correction still needs, if anything."""
    one, two = shown.pairing.codes
    if shown.verdict is not Verdict.CONFIRMED:
        return shown.words
    if not shown.bases <= {Basis.TIME, Basis.AREA}:
        return "the log needs times that do not overlap, or different areas, for both lines"
    if not all(i.attested_by for i in (*shown.first, *shown.second)):
        return f"not every log row of {one} and {two} is attested"
    if not any(i.reason for i in shown.second):
        return f"no log row of {two} says why it was distinct"
    if any(i.role in UNSKILLED for i in (*shown.first, *shown.second)):
        return "the time of an aide, student or technician documents no skilled service"
    if minutes_of(shown.first) is None or minutes_of(shown.second) is None:
        return f"the minutes of {one} and {two} are not both known"
    return None


def _modifier(shown: Sequence[Evidence], *, prefers_x: bool) -> str:
    """59, or the exact X modifier for payers that want it. CMS's example of time blocks in one visit is "
    "59."""
    if prefers_x and all(_separate_visits(one) for one in shown):
        return "XE"
    if prefers_x and all(one.bases == {Basis.AREA} for one in shown):
        return "XS"
    return "59"


def _separate_visits(shown: Evidence) -> bool:
    first, second = {i.session for i in shown.first}, {i.session for i in shown.second}
    return "" not in first | second and first.isdisjoint(second)


def _fix(line: Line, modifier: str, shown: Sequence[Evidence]) -> Fix | str:
    insertion = _insertion(line, modifier)
    if insertion is None:
        return "the segment is wrapped inside the procedure"
    after, edit = insertion
    return Fix(
        safety=Safety.DOCUMENTED,
        before=line.procedure.raw,
        after=after,
        evidence=rows_named([i for one in shown for i in (*one.first, *one.second)]),
        edits=(edit,),
    )


def rows_named(intervals: Sequence[Interval]) -> str:
    """Which rows of which log, and who vouches for them."""
    rows: dict[str, dict[int, None]] = {}
    for interval in intervals:
        rows.setdefault(interval.source, {})[interval.row] = None
    logs = joined(
        f"{source} row{'s' if len(numbers) > 1 else ''} {joined(map(str, sorted(numbers)))}"
        for source, numbers in rows.items()
    )
    people = joined(dict.fromkeys(interval.attested_by for interval in intervals))
    return f"log {logs}, attested by {people}"


def _insertion(line: Line, modifier: str) -> tuple[str, Edit] | None:
    """SV101 with a modifier in the first free place behind the others, and the edit that puts it there."""
    whole, parts = line.locate("SV101"), components(line)
    start, end = whole.start, whole.end
    if start is None or end is None or end - start != len(line.procedure.raw):
        return None
    separator = line.claim.block.separators.component
    taken = [n for n in range(2, min(len(parts), 6)) if parts[n].strip()]
    at = taken[-1] + 1 if taken else 2
    if at == 6:
        at = next(n for n in range(2, 6) if n not in taken)
    if at < len(parts):
        start += sum(len(part) + 1 for part in parts[:at])
        edit = Edit(start, start + len(parts[at]), parts[at], modifier)
        parts[at] = modifier
    else:
        edit = Edit(end, end, "", separator + modifier)
        parts.append(modifier)
    return separator.join(parts), edit
