-- Placement: the facts of every learner and the state that follows from them.

CREATE SCHEMA placement;

-- Where each partition stands. Every transaction of the lane moves this row first; who holds another
-- epoch, or another idea of the offset, writes nothing.
CREATE TABLE placement.stream_offset (
    topic        text NOT NULL,
    part         smallint NOT NULL,
    next_offset  bigint NOT NULL,
    epoch        bigint NOT NULL DEFAULT 0,
    cluster      text NOT NULL,
    append_max   timestamptz,                -- running maximum of append times, domain time
    watermark    timestamptz,                -- domain time up to which everything received is known
    institutions_version bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, part)
);

-- One learner, all transition years: `body` is the record that `transition-states` carries.
CREATE TABLE placement.learner (
    student_ref  text PRIMARY KEY,
    part         smallint NOT NULL,
    version      bigint NOT NULL,
    body         bytea NOT NULL,
    delete_after date NOT NULL
) WITH (fillfactor = 50, toast_tuple_target = 8160);
ALTER TABLE placement.learner ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX learner_delete_after ON placement.learner (delete_after);

-- When time alone may next change a learner's state.
CREATE TABLE placement.timer (
    student_ref text PRIMARY KEY,
    part        smallint NOT NULL,
    due_at      timestamptz NOT NULL         -- domain time
) WITH (fillfactor = 70);
CREATE INDEX timer_due ON placement.timer (part, due_at);

-- The learners whose newest state is not yet known to be in the topic: one row per transaction and partition.
CREATE TABLE placement.outbox (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    part     smallint NOT NULL,
    learners text[] NOT NULL DEFAULT '{}',
    messages bytea                           -- dead letters and outcomes, whole
);
CREATE INDEX outbox_part ON placement.outbox (part, id);

-- Learners that could not be projected twice in a row: their records are kept, their walk stands still.
CREATE TABLE placement.blocked (
    student_ref text PRIMARY KEY,
    part        smallint NOT NULL,
    reason      text NOT NULL,
    since       timestamptz NOT NULL
);

GRANT USAGE ON SCHEMA placement TO placement;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA placement TO placement;
