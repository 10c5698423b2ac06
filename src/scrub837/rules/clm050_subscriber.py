"""CLM050."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from scrub837.claims.details import Party, level_parties
from scrub837.claims.model import Claim, Level
from scrub837.findings import Finding, Location, Severity
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope
from scrub837.x12.segments import value

_RANKS = frozenset("PSTABCDEFGHU")  # SBR01
_SELF = "18"
_PERSON = "1"


class ClaimSubscriber(Rule):
    """Who is insured, or with whom, is missing or contradicts itself.

    What it checks
        The subscriber level above the claim: SBR is there and not empty, its rank (SBR01) is known, the
        relationship (SBR02) is 18 exactly when no dependent follows, the member id and the payer's id are
        there, a dependent's relationship (PAT01) is there. Medicare as second payer says why (SBR05).
    Why it matters
        Without them the payer cannot find the patient and returns the claim. Other claims of the batch are
        not touched by it.
    What to do
        Complete the insurance of the patient in the practice system and send the claim again.
    About the fix
        None: what is missing is not in the file.
    Sources
        X12 837P 005010X222A1, loops 2000B SBR, 2010BA NM1 (IL), 2010BB NM1 (PR) and 2000C PAT; Medicare
        Secondary Payer Manual 100-05 on the insurance type in SBR05.
    """

    code = "CLM050"
    name = "clm-subscriber"
    severity = Severity.REJECT
    scope = Scope.CLAIM
    facet = "writing"
    examples = (
        Bad("97110:GP x1", edits=(("SBR*P*18*******MB~", "SBR~"),), title="an empty SBR"),
        Bad("97110:GP x1", edits=(("MI*1EG4TE5MK73", "MI*"),), title="no member id"),
        Bad("97110:GP x1", edits=(("*PI*EXMAC", "*PI*"),), title="no payer id"),
        Bad("97110:GP x1", edits=(("SBR*P*18*", "SBR*P**"),), title="nobody is the patient"),
        Bad(
            "97110:GP x1",
            edits=(("CLM*C1", "HL*3*2*23*0~\nPAT*19~\nNM1*QC*1*SAMPLE*DANA~\nDMG*D8*20150315*F~\nCLM*C1"),),
            title="18 and a dependent",
        ),
        Bad("97110:GP x1", edits=(("SBR*P*18", "SBR*S*18"),), title="Medicare second, and no reason"),
        Good("97110:GP x1", edits=(("SBR*P*18***", "SBR*S*18***12"),)),
        Good(
            "97110:GP x1",
            edits=(
                ("SBR*P*18", "SBR*P*"),
                ("CLM*C1", "HL*3*2*23*0~\nPAT*19~\nNM1*QC*1*SAMPLE*DANA~\nDMG*D8*20150315*F~\nCLM*C1"),
            ),
        ),
    )

    def check(self, subject: Claim, context: Context) -> Iterable[Finding]:
        if subject.member_id and subject.payer_id:
            element, patient = subject.block.separators.element, subject.patient
            if patient is None:
                if _is_sound(subject.insurance, _SELF, element):
                    return ()
            elif _is_sound(subject.insurance, "", element) and _is_related(
                patient.block.pieces[1:2], element
            ):
                return ()
        return self._found(subject, subject.subscriber)

    def _found(self, claim: Claim, level: Level | None) -> Iterator[Finding]:
        if level is None:
            yield self._says(
                claim.locate("CLM"), "The claim stands below no subscriber (loop 2000B).", "2000B"
            )
            return
        block = level.block
        at = next((n for n, segment in enumerate(block.segments) if segment[0] == "SBR"), None)
        if at is None or not any(block.segments[at][1:]):
            place = claim.locate_in(block, at or 0, "SBR" if at else "HL", loop="2000B")
            empty = "is empty" if at else "is missing"
            yield self._says(place, f"The subscriber segment (SBR) of the claim {empty}.", "2000B")
        else:
            yield from self._insurance(claim, level, at)
        parties = {party.role: party for party in level_parties(claim)}
        yield from self._ids(claim, level, parties.get("IL"), parties.get("PR"))
        if claim.patient is not None:
            yield from self._dependent(claim, claim.patient)

    def _insurance(self, claim: Claim, level: Level, at: int) -> Iterator[Finding]:
        block, sbr = level.block, level.block.segments[at]
        rank, relationship = value(sbr, 1), value(sbr, 2)
        if rank not in _RANKS:
            yield self._says(
                claim.locate_in(block, at, "SBR01", loop="2000B"),
                f"The rank of the payer (SBR01) is {rank or 'empty'}; P is the first, S the second.",
                "SBR01",
            )
        if claim.patient is None and relationship != _SELF:
            yield self._says(
                claim.locate_in(block, at, "SBR02", loop="2000B"),
                "Nothing says who the patient is: SBR02 is not 18 (subscriber), and no dependent follows.",
                "SBR02",
            )
        if claim.patient is not None and relationship == _SELF:
            yield self._says(
                claim.locate_in(block, at, "SBR02", loop="2000B"),
                "SBR02 is 18 (the patient is the subscriber), but a dependent follows as patient.",
                "SBR02",
            )
        if _lacks_reason(sbr):
            yield self._says(
                claim.locate_in(block, at, "SBR05", loop="2000B"),
                "Medicare is the second payer, and SBR05 does not say why.",
                "SBR05",
                Severity.RISK,
            )

    def _ids(
        self, claim: Claim, level: Level, subscriber: Party | None, payer: Party | None
    ) -> Iterator[Finding]:
        top = claim.locate_in(level.block, 0, "HL", loop="2000B")
        if subscriber is None:
            yield self._says(top, "The claim has no subscriber (loop 2010BA).", "2010BA")
        elif not subscriber.id and value(subscriber.nm1, 2) == _PERSON:
            place = claim.locate_in(level.block, subscriber.at, "NM109", loop="2010BA")
            yield self._says(place, "The subscriber has no member id.", "NM109")
        if payer is None:
            yield self._says(top, "The claim has no payer (loop 2010BB).", "2010BB")
        elif not payer.id:
            place = claim.locate_in(level.block, payer.at, "NM109", loop="2010BB")
            yield self._says(place, "The payer has no id.", "NM109")

    def _dependent(self, claim: Claim, level: Level) -> Iterator[Finding]:
        at = next((n for n, segment in enumerate(level.block.segments) if segment[0] == "PAT"), None)
        if at is None or not value(level.block.segments[at], 1):
            place = claim.locate_in(level.block, at or 0, "PAT01" if at else "HL", loop="2000C")
            yield self._says(
                place, "The relationship of the patient to the subscriber (PAT01) is missing.", "PAT01"
            )

    def _says(self, place: Location, message: str, what: str, severity: Severity | None = None) -> Finding:
        return self.finding(
            place,
            message,
            why="The payer cannot find the patient; the other claims of the file are not touched.",
            action="Complete the patient's insurance in the practice system and send the claim again.",
            severity=severity,
            facts={"what": what},
        )


@lru_cache(1 << 14)
def _is_sound(sbr: str, relationship: str, element: str) -> bool:
    """True for an SBR with this relationship and nothing to say about it."""
    segment = sbr.split(element)
    known = value(segment, 1) in _RANKS and value(segment, 2) == relationship
    return known and not _lacks_reason(segment)


def _is_related(pieces: list[str], element: str) -> bool:
    """True when the first of the pieces is a PAT that names the relationship to the subscriber."""
    return bool(pieces) and pieces[0].startswith(f"PAT{element}") and pieces[0][4:5] not in ("", element)


def _lacks_reason(sbr: list[str]) -> bool:
    return value(sbr, 1) not in ("P", "") and value(sbr, 9) == "MB" and not value(sbr, 5)
