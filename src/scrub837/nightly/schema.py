"""The tables of the ledger, and the steps from one version of them to the next.

A step is never changed once it was released; a change is a new step. Each is applied in one transaction.
Hashes are 64-bit numbers (see claims.sent), charges are hundredths of a cent, times are ISO 8601 in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

from scrub837.errors import LedgerUnusable
from scrub837.nightly.database import Database

STEPS = (
    """
    CREATE TABLE runs (
        id {id}, host TEXT NOT NULL, program TEXT NOT NULL, started TEXT NOT NULL, finished TEXT,
        outcome TEXT, counts TEXT NOT NULL);
    CREATE TABLE files (
        id {id}, run_id BIGINT REFERENCES runs(id), name TEXT NOT NULL, sha256 TEXT NOT NULL,
        bytes BIGINT NOT NULL, settings TEXT NOT NULL, editions TEXT NOT NULL, status TEXT NOT NULL,
        outcome TEXT NOT NULL, state TEXT NOT NULL, test INTEGER NOT NULL, claims INTEGER NOT NULL,
        lines INTEGER NOT NULL, charge BIGINT NOT NULL, findings TEXT NOT NULL, content BIGINT,
        sent_content BIGINT, started TEXT NOT NULL, finished TEXT, published TEXT, outputs TEXT NOT NULL);
    CREATE INDEX files_sha256 ON files(sha256);
    CREATE INDEX files_content ON files(content);
    CREATE INDEX files_sent_content ON files(sent_content);
    CREATE TABLE envelopes (
        file_id BIGINT NOT NULL REFERENCES files(id) ON DELETE CASCADE, interchange TEXT NOT NULL,
        group_number TEXT, sender TEXT NOT NULL, receiver TEXT NOT NULL);
    CREATE INDEX envelopes_file ON envelopes(file_id);
    CREATE INDEX envelopes_interchange ON envelopes(interchange);
    CREATE INDEX envelopes_group ON envelopes(group_number);
    CREATE TABLE claims (
        id {id}, file_id BIGINT NOT NULL REFERENCES files(id) ON DELETE CASCADE, position INTEGER NOT NULL,
        reference TEXT NOT NULL, patient BIGINT NOT NULL, content BIGINT NOT NULL, frequency TEXT NOT NULL,
        charge BIGINT NOT NULL, payer TEXT NOT NULL, profile TEXT NOT NULL, verdict TEXT NOT NULL,
        state TEXT NOT NULL);
    CREATE INDEX claims_file ON claims(file_id, position);
    CREATE INDEX claims_reference ON claims(reference);
    CREATE TABLE lines (
        claim_id BIGINT NOT NULL REFERENCES claims(id) ON DELETE CASCADE, position INTEGER NOT NULL,
        nth_day INTEGER NOT NULL, encounter BIGINT, number INTEGER, control TEXT, code TEXT NOT NULL,
        modifiers TEXT NOT NULL, units TEXT NOT NULL, unit TEXT NOT NULL, charge BIGINT NOT NULL, day TEXT,
        days INTEGER NOT NULL, place TEXT NOT NULL, rendering TEXT NOT NULL);
    CREATE INDEX lines_claim ON lines(claim_id);
    CREATE INDEX lines_encounter ON lines(encounter);
    CREATE TABLE findings (
        file_id BIGINT NOT NULL REFERENCES files(id) ON DELETE CASCADE,
        claim_id BIGINT REFERENCES claims(id) ON DELETE CASCADE, rule TEXT NOT NULL, severity TEXT NOT NULL,
        fingerprint TEXT NOT NULL, waived INTEGER NOT NULL);
    CREATE INDEX findings_file ON findings(file_id);
    CREATE INDEX findings_claim ON findings(claim_id);
    """,
    """
    ALTER TABLE claims ADD COLUMN superseded_by BIGINT;
    CREATE INDEX claims_superseded_by ON claims(superseded_by);
    DROP INDEX envelopes_interchange;
    DROP INDEX envelopes_group;
    CREATE INDEX envelopes_interchange ON envelopes(interchange, sender, receiver, file_id);
    CREATE INDEX envelopes_group ON envelopes(group_number, sender, receiver, file_id);
    """,
    """
    CREATE TABLE verdicts (
        claim_id BIGINT PRIMARY KEY REFERENCES claims(id) ON DELETE CASCADE, outcome TEXT NOT NULL,
        layer INTEGER NOT NULL, day TEXT NOT NULL, paid BIGINT NOT NULL, patient BIGINT NOT NULL,
        open BIGINT NOT NULL, first_outcome TEXT NOT NULL, first_open BIGINT NOT NULL);
    CREATE TABLE verdict_reasons (
        claim_id BIGINT NOT NULL REFERENCES claims(id) ON DELETE CASCADE, code TEXT NOT NULL,
        line INTEGER, amount BIGINT);
    CREATE INDEX verdict_reasons_claim ON verdict_reasons(claim_id);
    CREATE TABLE resubmissions (
        reference TEXT NOT NULL, content BIGINT NOT NULL, interchange TEXT NOT NULL,
        frequency TEXT NOT NULL, sent_with TEXT NOT NULL, group_number TEXT NOT NULL, sender TEXT NOT NULL,
        receiver TEXT NOT NULL, sha256 TEXT NOT NULL, made TEXT NOT NULL);
    CREATE INDEX resubmissions_reference ON resubmissions(reference);
    CREATE INDEX resubmissions_sender ON resubmissions(sender, receiver);
    """,
)
VERSION = len(STEPS)


def version_of(database: Database) -> int:
    """The version of the tables; 0 when there are none. Raises ``LedgerUnusable`` when it is no ledger."""
    tables = database.tables()
    if "meta" not in tables:
        if tables:
            raise LedgerUnusable(f"{database.name} is a database of something else, not a ledger")
        return 0
    found = database.query("SELECT value FROM meta WHERE name = 'schema'")
    return int(found[0][0]) if found else 0


def check_version(database: Database) -> int:
    """The version of the tables. Raises ``LedgerUnusable`` when a newer program wrote them."""
    version = version_of(database)
    if version > VERSION:
        raise LedgerUnusable(
            f"the ledger {database.name} was written by a newer scrub837 (its version is {version}, this "
            f"program knows {VERSION}): install the newer one, or go back to a backup of before"
        )
    return version


def migrate(database: Database) -> None:
    """Make the tables, or bring them up to date."""
    with database.transaction():
        version = version_of(database)  # another process may have been quicker
        if version == 0:
            database.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
            database.execute("INSERT INTO meta VALUES ('made', ?)", (now(),))
            database.execute("INSERT INTO meta VALUES ('schema', '0')")
        for step in STEPS[version:]:
            for statement in step.format(**database.words).split(";"):
                if statement.strip():
                    database.execute(statement)
        database.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (str(VERSION),))


def now() -> str:
    """The time as the ledger writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
