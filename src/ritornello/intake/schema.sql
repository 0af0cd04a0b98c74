-- How far the import of one file (by its content) came. Written in the transaction of each chunk.
CREATE TABLE IF NOT EXISTS imports (
    digest TEXT NOT NULL,
    source TEXT NOT NULL,
    position INTEGER NOT NULL,
    changed_at_us INTEGER NOT NULL,
    n_kept INTEGER,
    PRIMARY KEY (digest, source)
) WITHOUT ROWID;
