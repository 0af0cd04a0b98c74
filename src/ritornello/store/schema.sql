-- The log and what keeps its promises.

CREATE TABLE IF NOT EXISTS meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

INSERT OR IGNORE INTO meta VALUES ('home_id', lower(hex(randomblob(16)))), ('format', '1'),
    ('tombstones_version', '0'), ('tombstones_secret', lower(hex(randomblob(32))));

CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    listener_id TEXT NOT NULL,
    happened_at_us INTEGER NOT NULL,
    received_at_us INTEGER NOT NULL,
    sent_at_us INTEGER,
    body_hash BLOB NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS sealed_ids (
    event_id BLOB PRIMARY KEY,
    body_hash BLOB NOT NULL,
    dt TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS decisions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    decision_id BLOB NOT NULL UNIQUE,
    listener_id TEXT NOT NULL,
    surface TEXT NOT NULL,
    made_at_us INTEGER NOT NULL,
    body BLOB NOT NULL
);

-- The lists that exist once a listener, surface and period. Derived from decisions.
CREATE TABLE IF NOT EXISTS lists (
    listener_id TEXT NOT NULL,
    surface TEXT NOT NULL,
    period TEXT NOT NULL,
    decision_id BLOB NOT NULL,
    visible_from_at_us INTEGER,
    expires_at_us INTEGER,
    body BLOB NOT NULL,
    PRIMARY KEY (listener_id, surface, period)
);

CREATE UNIQUE INDEX IF NOT EXISTS lists_by_decision ON lists (decision_id);

CREATE TABLE IF NOT EXISTS manifest (
    path TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    dt TEXT NOT NULL,
    n_rows INTEGER NOT NULL,
    n_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    sealed_at_us INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS manifest_by_day ON manifest (dt, kind);

-- What each part of the lake's made files was made from: a day of a kind, or the whole of it (dt is
-- empty). Equal inputs need no second making.
CREATE TABLE IF NOT EXISTS makings (
    kind TEXT NOT NULL,
    dt TEXT NOT NULL,
    made_from TEXT NOT NULL,
    PRIMARY KEY (kind, dt)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS keys (
    key_id TEXT PRIMARY KEY,
    secret_hash BLOB NOT NULL,
    role TEXT NOT NULL,
    listener_id TEXT,
    label TEXT NOT NULL,
    made_at_us INTEGER NOT NULL,
    revoked_at_us INTEGER
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS sessions (
    token_hash BLOB PRIMARY KEY,
    key_id TEXT,
    role TEXT NOT NULL,
    listener_id TEXT,
    expires_at_us INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS faults (
    fault_id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    position INTEGER NOT NULL,
    field TEXT NOT NULL,
    rule TEXT NOT NULL,
    message TEXT NOT NULL,
    found_at_us INTEGER NOT NULL,
    listener_id TEXT
);

CREATE TABLE IF NOT EXISTS fault_counts (
    source TEXT NOT NULL,
    rule TEXT NOT NULL,
    n_faults INTEGER NOT NULL,
    PRIMARY KEY (source, rule)
) WITHOUT ROWID;

-- Who has left, as a hash keyed with this home's secret. Truth. Until the erasure has taken its last
-- step that needs it, leaving_id is the listener's id; done and counts are how far it came.
CREATE TABLE IF NOT EXISTS tombstones (
    listener_hash BLOB PRIMARY KEY,
    laid_at_us INTEGER NOT NULL,
    leaving_id TEXT,
    done TEXT NOT NULL DEFAULT '[]',
    counts TEXT NOT NULL DEFAULT '{}',
    erased_at_us INTEGER
) WITHOUT ROWID;
