"""The ledger's tables. ``events`` and ``private`` are the record; every other table is worked out from them."""

import sqlite3

APPLICATION_ID = 0x52_4B_4C_47  # "RKLG", in the file's header
FORMAT_NUMBER = 1

_RECORD = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE events (
    sequence       INTEGER PRIMARY KEY,
    kind           TEXT NOT NULL,
    at             TEXT NOT NULL,
    version        TEXT NOT NULL,
    submission_key INTEGER,
    person_key     INTEGER,
    criterion_id   TEXT,
    body           TEXT NOT NULL,
    commitment     BLOB,
    digest         BLOB NOT NULL
);
CREATE INDEX events_of_submission ON events (submission_key, kind) WHERE submission_key IS NOT NULL;
CREATE INDEX events_of_program ON events (kind) WHERE submission_key IS NULL;

CREATE TABLE private (sequence INTEGER PRIMARY KEY, salt BLOB NOT NULL, content BLOB NOT NULL);
CREATE TABLE forgotten (sequence INTEGER PRIMARY KEY);

CREATE TRIGGER events_follow BEFORE INSERT ON events
WHEN NEW.sequence <> (SELECT COALESCE(MAX(sequence), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'append-only: events follow one another without a gap'); END;

CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'append-only: an event is never changed'); END;

CREATE TRIGGER events_remain BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'append-only: an event is never deleted'); END;

CREATE TRIGGER private_follows BEFORE INSERT ON private
WHEN NEW.sequence <> (SELECT COALESCE(MAX(sequence), 0) FROM events)
    OR EXISTS (SELECT 1 FROM private WHERE sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'append-only: private content comes with its event'); END;

CREATE TRIGGER private_stays BEFORE UPDATE ON private
BEGIN SELECT RAISE(ABORT, 'append-only: private content is never changed'); END;

CREATE TRIGGER private_remains BEFORE DELETE ON private
WHEN NOT EXISTS (SELECT 1 FROM forgotten WHERE sequence = OLD.sequence)
BEGIN SELECT RAISE(ABORT, 'append-only: private content goes only where a person is forgotten'); END;
"""

_WORKED_OUT = """
CREATE TABLE people (
    person_key INTEGER PRIMARY KEY, role TEXT NOT NULL, person_id TEXT NOT NULL, UNIQUE (role, person_id)
);
CREATE TABLE rubrics (digest TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE submissions (
    submission_key INTEGER PRIMARY KEY,
    submission_id  TEXT NOT NULL UNIQUE,
    teacher_key    INTEGER NOT NULL,
    previous_key   INTEGER,
    attempt        INTEGER NOT NULL,
    suggestion     INTEGER NOT NULL,
    rubric         TEXT NOT NULL
);
CREATE INDEX submissions_of_teacher ON submissions (teacher_key);

CREATE TABLE cases (
    submission_key INTEGER PRIMARY KEY,
    is_open        INTEGER NOT NULL,
    due            TEXT NOT NULL,
    teaches        REAL NOT NULL,
    disagreement   REAL NOT NULL,
    n_wanted       INTEGER NOT NULL,
    n_read         INTEGER NOT NULL
);
CREATE INDEX cases_in_order ON cases (due, teaches DESC, disagreement DESC, submission_key) WHERE is_open;

CREATE TABLE readings (
    submission_key INTEGER NOT NULL, person_key INTEGER NOT NULL, PRIMARY KEY (submission_key, person_key)
) WITHOUT ROWID;

CREATE TABLE differences (
    submission_key INTEGER NOT NULL,
    criterion_id   TEXT NOT NULL,
    gap            INTEGER NOT NULL,
    straddles      INTEGER NOT NULL,
    PRIMARY KEY (submission_key, criterion_id)
) WITHOUT ROWID;

CREATE TABLE leases (
    submission_key INTEGER NOT NULL,
    kind           TEXT NOT NULL,
    person_key     INTEGER NOT NULL,
    leased_at      REAL NOT NULL,
    seconds        REAL NOT NULL,
    PRIMARY KEY (submission_key, kind, person_key)
) WITHOUT ROWID;
CREATE INDEX leases_of_person ON leases (person_key);
"""


def create_tables(connection: sqlite3.Connection) -> None:
    """Lay out an empty ledger and write its format number into the file's header."""
    connection.executescript(f"BEGIN; {_RECORD} {_WORKED_OUT}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT_NUMBER}")
    connection.execute("COMMIT")
