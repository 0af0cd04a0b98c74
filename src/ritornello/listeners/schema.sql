-- What a listener did with an item, ever, less what is left out. Times are those of every listen
-- but the disowned and the excluded. Derived from listens and acts.
CREATE TABLE IF NOT EXISTS plays (
    listener_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    n_plays INTEGER NOT NULL,
    n_skips INTEGER NOT NULL,
    first_at_us INTEGER NOT NULL,
    last_at_us INTEGER NOT NULL,
    PRIMARY KEY (listener_id, item_id)
) WITHOUT ROWID;

-- The whole history, newest first. Derived from listens.
CREATE TABLE IF NOT EXISTS listens (
    listener_id TEXT NOT NULL,
    started_at_us INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    item_id TEXT NOT NULL,
    ms_played INTEGER,
    duration_ms INTEGER,
    reading TEXT NOT NULL,
    source TEXT NOT NULL,
    client TEXT NOT NULL,
    context_kind TEXT,
    context_id TEXT,
    PRIMARY KEY (listener_id, started_at_us DESC, event_id DESC)
) WITHOUT ROWID;

-- Which sources ever reported for a listener. Derived from listens.
CREATE TABLE IF NOT EXISTS reporters (
    listener_id TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (listener_id, source)
) WITHOUT ROWID;

-- The few listens that do not count, and because of what: same_play, disowned or excluded. same_as
-- is the listen that stands for the same play. Derived from listens and acts.
CREATE TABLE IF NOT EXISTS left_out (
    listener_id TEXT NOT NULL,
    event_id BLOB NOT NULL,
    item_id TEXT NOT NULL,
    started_at_us INTEGER NOT NULL,
    reading TEXT NOT NULL,
    because TEXT NOT NULL,
    same_as BLOB,
    PRIMARY KEY (listener_id, event_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS left_out_excluded ON left_out (listener_id, item_id, started_at_us)
WHERE because = 'excluded';

-- Stretches of histories to be judged again (of one item, where one is named), and whose plays are to
-- be counted again from the first listen on. Derived from listens; empty between transactions.
CREATE TABLE IF NOT EXISTS unsettled (
    listener_id TEXT NOT NULL,
    from_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    item_id TEXT NOT NULL DEFAULT '',
    recount INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (listener_id, item_id, from_us, until_us)
) WITHOUT ROWID;

-- The clocks that corrections by the hour named: local time is UTC plus offset. Derived from acts.
CREATE TABLE IF NOT EXISTS clocks (
    zone TEXT NOT NULL,
    from_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    offset_us INTEGER NOT NULL,
    PRIMARY KEY (zone, from_us)
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
CREATE INDEX IF NOT EXISTS marks_correcting ON marks (listener_id, about_id, mark)
WHERE value = 1 AND mark IN ('disown', 'exclude');

-- Counts somebody else kept. Truth.
CREATE TABLE IF NOT EXISTS tallies (
    listener_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    source TEXT NOT NULL,
    n_plays INTEGER NOT NULL,
    PRIMARY KEY (listener_id, item_id, source)
) WITHOUT ROWID;

-- What listeners keep of the new, as multiples of what the crowd keeps. Learned from the tables of signals;
-- `ritornello policies rebuild` learns it again.
CREATE TABLE IF NOT EXISTS receptivities (
    listener_id TEXT PRIMARY KEY,
    multiple REAL NOT NULL,
    learned_at_us INTEGER NOT NULL
) WITHOUT ROWID;

-- What a listener chose. Truth.
CREATE TABLE IF NOT EXISTS preferences (
    listener_id TEXT PRIMARY KEY,
    body BLOB NOT NULL
) WITHOUT ROWID;
