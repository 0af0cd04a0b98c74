-- Discover Weekly drawn ahead of its week: the shortlist it will be revealed from. Derived.
CREATE TABLE IF NOT EXISTS drafts (
    listener_id TEXT NOT NULL,
    surface TEXT NOT NULL,
    period TEXT NOT NULL,
    made_at_us INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (listener_id, surface, period)
) WITHOUT ROWID;

-- The last personal answer of each listener and surface, for hard times. Derived from decisions.
CREATE TABLE IF NOT EXISTS last_good (
    listener_id TEXT NOT NULL,
    surface TEXT NOT NULL,
    decision_id BLOB NOT NULL,
    made_at_us INTEGER NOT NULL,
    PRIMARY KEY (listener_id, surface)
) WITHOUT ROWID;

-- The radio stations a listener began: each decision of a station says all of it. Derived from decisions.
CREATE TABLE IF NOT EXISTS stations (
    listener_id TEXT NOT NULL,
    station_id BLOB NOT NULL,
    started_at_us INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (listener_id, station_id)
) WITHOUT ROWID;

-- When radio last offered an item to a listener, and where it stood. Derived from decisions.
CREATE TABLE IF NOT EXISTS aired (
    listener_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    aired_at_us INTEGER NOT NULL,
    decision_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    station_id TEXT NOT NULL,
    PRIMARY KEY (listener_id, item_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS aired_lately ON aired (listener_id, aired_at_us DESC, position DESC);

-- What the last Home of each of the last 14 days showed; place is the day modulo 14. Derived from decisions.
CREATE TABLE IF NOT EXISTS showings (
    listener_id TEXT NOT NULL,
    surface TEXT NOT NULL,
    place INTEGER NOT NULL,
    day TEXT NOT NULL,
    made_at_us INTEGER NOT NULL,
    decision_id BLOB NOT NULL,
    item_ids BLOB NOT NULL,
    PRIMARY KEY (listener_id, surface, place)
) WITHOUT ROWID;

-- Every version of every editors' pool: a row more with each change, none ever taken away. What a version repeats after
-- an undo is named in repeats, its own number otherwise; a body that is NULL withdraws the pool. Truth.
CREATE TABLE IF NOT EXISTS pools (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    made_at_us INTEGER NOT NULL,
    by_role TEXT NOT NULL,
    note TEXT NOT NULL,
    body TEXT,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;

-- What a listener searched for lately, folded: each text once, with how it was said last. Derived from queries and answers.
CREATE TABLE IF NOT EXISTS recent_searches (
    listener_id TEXT NOT NULL,
    folded TEXT NOT NULL,
    text TEXT NOT NULL,
    happened_at_us INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    PRIMARY KEY (listener_id, folded)
) WITHOUT ROWID;

-- Until when a listener wants a search forgotten; an empty text is all of them. Derived from answers.
CREATE TABLE IF NOT EXISTS forgotten_searches (
    listener_id TEXT NOT NULL,
    folded TEXT NOT NULL,
    until_us INTEGER NOT NULL,
    PRIMARY KEY (listener_id, folded)
) WITHOUT ROWID;

-- How many listeners searched for the same lately. The two triggers below count in the transaction that changes their
-- recent searches, so that what one of them forgets, and an erasure, is forgotten here too.
CREATE TABLE IF NOT EXISTS searched (
    folded TEXT PRIMARY KEY,
    n_listeners INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS searched_by_many ON searched (folded, n_listeners) WHERE n_listeners >= 5;

CREATE TRIGGER IF NOT EXISTS search_remembered AFTER INSERT ON recent_searches BEGIN
    INSERT INTO searched VALUES (NEW.folded, 1)
    ON CONFLICT (folded) DO UPDATE SET n_listeners = n_listeners + 1;
END;

CREATE TRIGGER IF NOT EXISTS search_forgotten AFTER DELETE ON recent_searches BEGIN
    UPDATE searched SET n_listeners = n_listeners - 1 WHERE folded = OLD.folded;
    DELETE FROM searched WHERE folded = OLD.folded AND n_listeners = 0;
END;
