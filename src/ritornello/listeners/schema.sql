-- What a listener did with an item, ever. Derived from listens.
CREATE TABLE IF NOT EXISTS plays (
    listener_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    n_plays INTEGER NOT NULL,
    n_skips INTEGER NOT NULL,
    first_at_us INTEGER NOT NULL,
    last_at_us INTEGER NOT NULL,
    PRIMARY KEY (listener_id, item_id)
) WITHOUT ROWID;

-- The last 100 listens of a listener, newest first. Derived from listens.
CREATE TABLE IF NOT EXISTS recent (
    listener_id TEXT NOT NULL,
    started_at_us INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    item_id TEXT NOT NULL,
    ms_played INTEGER,
    reading TEXT NOT NULL,
    client TEXT NOT NULL,
    PRIMARY KEY (listener_id, started_at_us DESC, event_id DESC)
) WITHOUT ROWID;

-- What a listener said about an item; the latest word by time, then id, stands. Derived from acts.
CREATE TABLE IF NOT EXISTS marks (
    listener_id TEXT NOT NULL,
    about_id TEXT NOT NULL,
    mark TEXT NOT NULL,
    value INTEGER NOT NULL,
    until_at_us INTEGER,
    happened_at_us INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    PRIMARY KEY (listener_id, about_id, mark)
) WITHOUT ROWID;

-- Counts somebody else kept. Truth.
CREATE TABLE IF NOT EXISTS tallies (
    listener_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    source TEXT NOT NULL,
    n_plays INTEGER NOT NULL,
    PRIMARY KEY (listener_id, item_id, source)
) WITHOUT ROWID;

-- What a listener chose. Truth.
CREATE TABLE IF NOT EXISTS preferences (
    listener_id TEXT PRIMARY KEY,
    body BLOB NOT NULL
) WITHOUT ROWID;
