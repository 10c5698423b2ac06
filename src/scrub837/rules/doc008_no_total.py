"""DOC008."""

from __future__ import annotations

from collections.abc import Iterable

from scrub837.claims.encounters import Encounter
from scrub837.findings import Finding, Severity
from scrub837.rules._clock import told_of, without_log
from scrub837.rules._logged import weight
from scrub837.rules._rule import Bad, Context, Good, Rule, Scope

NO_COLUMN = "the treatment-time log has no column total_timed or total_treatment"


class NoTotal(Rule):
    """The log lacks the total timed minutes or the total treatment minutes of a Medicare therapy day.

    What it checks
        Medicare days with documented timed services: whether a row charts total_timed and one
        total_treatment. Logs without these columns are not judged. Information only, unless the profile wants
        strict documentation: the note itself may have the totals.
    Why it matters
        Medicare asks for both totals in each treatment note; minutes by code are voluntary. A reviewer who
        finds no totals denies the day.
    What to do
        Check the note for the totals and add them to the log.
    About the fix
        None: totals are charted, not worked out.
    Sources
        CMS Benefit Policy Manual 100-02 chapter 15 section 220.3.E (total timed code minutes and total
        treatment time in minutes).
    """

    code = "DOC008"
    name = "doc-no-total"
    severity = Severity.INFO
    scope = Scope.ENCOUNTER
    examples = (
        Bad("97110:GP x1 @15"),
        Bad("97110:GP x1 @15 timed=15", title="Total treatment is missing"),
        Good("97110:GP x1 @15 timed=15 treatment=20"),
        Good("payer=CI | 97110:GP x1 @15", title="Not Medicare"),
    )

    def check(self, subject: Encounter, context: Context) -> Iterable[Finding]:
        if not subject.profile.medicare or without_log(self, subject, context):
            return ()
        told = told_of(subject, context)
        lines = told.timed_lines
        if not lines or (told.total_timed is not None and told.total_treatment is not None):
            return ()
        carries = context.documentation.carries
        if not (carries("total_timed") and carries("total_treatment")):
            context.not_checked(self, NO_COLUMN, len(lines))
            return ()
        missing = [
            words
            for words, total in (
                ("total timed minutes", told.total_timed),
                ("total treatment minutes", told.total_treatment),
            )
            if total is None
        ]
        finding = self.finding(
            lines[0].locate("SV1"),
            f"The log charts no {' and no '.join(missing)} for {subject.day}.",
            why="Medicare asks for both totals in each treatment note.",
            action="Check the note for the totals and add them to the log.",
            severity=weight(subject),
            related=[line.locate("SV1") for line in lines[1:]],
            facts={"day": subject.day, "missing": missing, "rows_timed": told.timed},
        )
        return (finding,)
