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
