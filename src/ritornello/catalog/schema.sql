-- What can be heard. Truth. changed_seq grows with every write, so that any process can ask
-- "what changed since".
CREATE TABLE IF NOT EXISTS items (
    item_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_seq INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS items_changed ON items (changed_seq);

-- Which items an identifier of somebody else names: a MusicBrainz id one, an ISRC perhaps many.
CREATE TABLE IF NOT EXISTS identifiers (
    scheme TEXT NOT NULL,
    value TEXT NOT NULL,
    item_id TEXT NOT NULL,
    PRIMARY KEY (scheme, value, item_id)
) WITHOUT ROWID;

-- Two ids, one thing. Truth. stated_id is what from_id was merged into; into_id is where that
-- leads in the end. An unmerged row leads to itself.
CREATE TABLE IF NOT EXISTS aliases (
    from_id TEXT PRIMARY KEY,
    stated_id TEXT NOT NULL,
    into_id TEXT NOT NULL,
    stated_at_us INTEGER NOT NULL,
    changed_seq INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS aliases_into ON aliases (into_id);
CREATE INDEX IF NOT EXISTS aliases_changed ON aliases (changed_seq);

-- What editors pinned and blocked. Truth.
CREATE TABLE IF NOT EXISTS rulings (
    ruling_id BLOB PRIMARY KEY,
    body TEXT NOT NULL,
    made_at_us INTEGER NOT NULL,
    until_at_us INTEGER,
    withdrawn_at_us INTEGER
) WITHOUT ROWID;

-- What is said in an episode, in order; a time is null where nobody stated it. Truth.
CREATE TABLE IF NOT EXISTS transcripts (
    episode_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    start_ms INTEGER,
    end_ms INTEGER,
    speaker TEXT,
    text TEXT NOT NULL,
    PRIMARY KEY (episode_id, position)
) WITHOUT ROWID;

-- The named parts of an episode, in order. Truth.
CREATE TABLE IF NOT EXISTS chapters (
    episode_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER,
    title TEXT NOT NULL,
    url TEXT,
    PRIMARY KEY (episode_id, position)
) WITHOUT ROWID;

-- When the transcript or the chapters of an episode last changed, so that any process can ask "what changed
-- since". Truth; an episode without a row changed before this was written down.
CREATE TABLE IF NOT EXISTS transcript_changes (
    episode_id TEXT PRIMARY KEY,
    changed_seq INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS transcript_changes_seq ON transcript_changes (changed_seq);
