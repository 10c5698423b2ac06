"""Which findings stand: a person may have waived one, and what becomes of waivers is told as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from scrub837.findings import Finding, NotChecked, Waived
from scrub837.fingerprints import Claims
from scrub837.found import FindingRecord, FoundIndex, record
from scrub837.results import FileReport
from scrub837.rules import all_rules
from scrub837.rules._rule import Context, Scope
from scrub837.spool import Spool
from scrub837.waivers import EVERY, Waivers, WaiverUse

UNUSED = "wvr-unused"
PARTLY = ("refused", "incomplete")  # what such a file would have held is not known


@dataclass(slots=True)
class Standing:
    """What waivers do to the findings of a file."""

    waived: dict[int, Waived] = field(default_factory=dict)  # by number
    told: list[FindingRecord] = field(default_factory=list)  # what is to be said of waivers
    met: frozenset[str] = frozenset()  # waivers that were for a finding, whether they hold or not


def judge_waivers(found: FoundIndex, order: Iterable[int], rows: Spool, context: Context) -> Standing:
    """Which of the findings ``order`` are waived. ``rows`` are the claims of the report."""
    waivers, result = Waivers(context.settings.waivers, context.today), Standing()
    if not waivers.uses:
        return result
    decode, claims = msgspec.json.Decoder(Finding).decode, Claims(rows)
    rules = waivers.rules
    for number in order:
        if found.name[number] not in rules:
            continue
        finding = decode(found.spool[number])
        claim = claims.of(finding.location)
        waiver = waivers.waiver_of(finding, claim.profile if claim else None)
        if waiver is not None:
            result.waived[number] = Waived(reason=waiver.reason, person=waiver.person, expires=waiver.expires)
    met = [use for use in waivers.uses if use.waived or use.missed]
    result.met = frozenset(use.waiver.source for use in met)
    result.told = _ask(met, context)
    return result


def tell_of_unused(files: Sequence[FileReport], context: Context, *, whole: bool) -> None:
    """Say on the last file which waivers were for no finding in any: only a whole run can tell.

    ``whole`` is false when an input could not be read; then, and when one holds only a part of what it
    should, it is said that this could not be judged.
    """
    waivers, last = context.settings.waivers, files[-1]
    if not waivers or {UNUSED, "WVR002"} & context.settings.ignore:
        return
    met = {source for file in files for source in file.waivers_met}
    asked = {
        rule.name
        for rule in all_rules()
        if not context.settings.ignore & {rule.name, rule.code}
        and (rule.scope is not Scope.GUIDE or context.settings.guide)
    }
    unmet = [
        use
        for use in Waivers(waivers, context.today).uses
        if use.waiver.source not in met and use.waiver.rule in asked
    ]
    if not unmet:
        return
    if not whole or any(file.status in PARTLY for file in files):
        reason = "a file of this run was not read to its end"
        last.not_checked.append(NotChecked(name=UNUSED, reason=reason, lines=last.counts.lines))
        return
    seen = _claims_of(files)
    for use in unmet:
        use.over = True
        use.claim_seen = use.waiver.claim in (None, EVERY) or use.waiver.claim in seen
    last.add(_ask(unmet, context))


def _claims_of(files: Sequence[FileReport]) -> set[str]:
    decode = msgspec.json.Decoder(_Named).decode
    return {decode(row).claim.strip() for file in files for row in file.claim_json()}


class _Named(msgspec.Struct, frozen=True, gc=False):
    claim: str


def _ask(uses: Iterable[WaiverUse], context: Context) -> list[FindingRecord]:
    ignore = context.settings.ignore
    rules = [
        rule for rule in all_rules() if rule.scope is Scope.WAIVER and not {rule.name, rule.code} & ignore
    ]
    return [
        record(context.settings.weighed(finding))
        for use in uses
        for rule in rules
        for finding in rule.check(use, context)
    ]
