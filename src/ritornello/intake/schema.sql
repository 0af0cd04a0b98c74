-- How far the import of one file (by its content) came. Written in the transaction of each chunk.
-- n_stored counts events and tallies, known before or not; n_kept is set once it is complete.
CREATE TABLE IF NOT EXISTS imports (
    digest TEXT NOT NULL,
    source TEXT NOT NULL,
    listener_id TEXT,
    position INTEGER NOT NULL,
    share REAL NOT NULL DEFAULT 0,
    n_stored INTEGER NOT NULL DEFAULT 0,
    n_faults INTEGER NOT NULL DEFAULT 0,
    started_at_us INTEGER NOT NULL DEFAULT 0,
    changed_at_us INTEGER NOT NULL,
    n_kept INTEGER,
    PRIMARY KEY (digest, source)
) WITHOUT ROWID;
