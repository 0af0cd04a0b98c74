-- What one slot of one decision taught one belief, in whole thousandths; position -1 is the shelf itself.
-- Made from outcomes; `ritornello policies rebuild` makes it again.
CREATE TABLE IF NOT EXISTS lessons (
    decision_id BLOB NOT NULL,
    shelf TEXT NOT NULL,
    position INTEGER NOT NULL,
    belief TEXT NOT NULL,
    listener_id TEXT NOT NULL,
    segment TEXT NOT NULL,
    arm TEXT NOT NULL,
    n_success_milli INTEGER NOT NULL,
    n_trial_milli INTEGER NOT NULL,
    PRIMARY KEY (decision_id, shelf, position, belief)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS lessons_by_listener ON lessons (listener_id, belief);

-- The sums of the lessons, kept by the two triggers below in the transaction that changes a lesson, so
-- that an erasure changes them too. changed is the number of the last change (lessons_changed in meta).
CREATE TABLE IF NOT EXISTS beliefs (
    belief TEXT NOT NULL,
    segment TEXT NOT NULL,
    arm TEXT NOT NULL,
    n_lessons INTEGER NOT NULL,
    n_success_milli INTEGER NOT NULL,
    n_trial_milli INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (belief, segment, arm)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS beliefs_by_change ON beliefs (changed);

CREATE TRIGGER IF NOT EXISTS lesson_learned AFTER INSERT ON lessons BEGIN
    INSERT INTO beliefs VALUES (
        NEW.belief, NEW.segment, NEW.arm, 1, NEW.n_success_milli, NEW.n_trial_milli,
        coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'lessons_changed'), 0)
    )
    ON CONFLICT (belief, segment, arm) DO UPDATE SET
        n_lessons = n_lessons + 1,
        n_success_milli = n_success_milli + excluded.n_success_milli,
        n_trial_milli = n_trial_milli + excluded.n_trial_milli,
        changed = excluded.changed;
END;

CREATE TRIGGER IF NOT EXISTS lesson_forgotten AFTER DELETE ON lessons BEGIN
    UPDATE beliefs SET
        n_lessons = n_lessons - 1,
        n_success_milli = n_success_milli - OLD.n_success_milli,
        n_trial_milli = n_trial_milli - OLD.n_trial_milli,
        changed = coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'lessons_changed'), 0)
    WHERE belief = OLD.belief AND segment = OLD.segment AND arm = OLD.arm;
END;
