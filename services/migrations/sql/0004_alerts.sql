-- Alerts: what each learner's walk through time has shown, and what people did about it.
-- `alerts_worker` (the lane) alone writes learners, alerts and cases; `alerts_web` reads what its
-- reader's audience allows, and may only ask for an action.

CREATE SCHEMA alerts;

CREATE TABLE alerts.stream_offset (
    topic        text NOT NULL,
    part         smallint NOT NULL,
    next_offset  bigint NOT NULL,
    epoch        bigint NOT NULL DEFAULT 0,
    cluster      text NOT NULL,
    append_max   timestamptz,
    watermark    timestamptz,
    institutions_version bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, part)
);

-- One learner with its walk; `body` holds the record, the standings and the actions done, without
-- alerts and cases, which have rows of their own.
CREATE TABLE alerts.learner (
    student_ref  text PRIMARY KEY,
    learner_id   uuid NOT NULL UNIQUE,
    handle       text NOT NULL UNIQUE,
    part         smallint NOT NULL,
    revision     bigint NOT NULL,
    body         bytea NOT NULL,
    audience     text[] NOT NULL,
    delete_after date NOT NULL
) WITH (fillfactor = 50, toast_tuple_target = 8160);
ALTER TABLE alerts.learner ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX learner_delete_after ON alerts.learner (delete_after);

CREATE TABLE alerts.timer (
    student_ref text PRIMARY KEY,
    part        smallint NOT NULL,
    due_at      timestamptz NOT NULL         -- domain time
) WITH (fillfactor = 70);
CREATE INDEX timer_due ON alerts.timer (part, due_at);

CREATE TABLE alerts.alert (
    alert_id     text PRIMARY KEY,
    student_ref  text,                        -- null: the subject is a site or an institution
    learner_id   uuid,
    year         smallint NOT NULL,
    code         text NOT NULL,
    status       text NOT NULL,
    severity     text NOT NULL,
    level        smallint NOT NULL,
    region       text,
    raised_at    timestamptz NOT NULL,
    resolved_at  timestamptz,
    revision     bigint NOT NULL,
    audience     text[] NOT NULL,
    body         jsonb NOT NULL,
    delete_after date NOT NULL
);
CREATE INDEX alert_learner ON alerts.alert (student_ref);
CREATE INDEX alert_open ON alerts.alert (region, raised_at, alert_id) WHERE resolved_at IS NULL;
CREATE INDEX alert_delete_after ON alerts.alert (delete_after);

CREATE TABLE alerts.case (
    case_id      uuid PRIMARY KEY,
    student_ref  text NOT NULL,
    learner_id   uuid NOT NULL,
    year         smallint NOT NULL,
    status       text NOT NULL,
    region       text,
    opened_at    timestamptz NOT NULL,
    closed_at    timestamptz,
    revision     bigint NOT NULL,
    audience     text[] NOT NULL,
    body         jsonb NOT NULL,
    delete_after date NOT NULL
);
CREATE INDEX case_learner ON alerts.case (student_ref);
CREATE INDEX case_open ON alerts.case (region, opened_at, case_id) WHERE closed_at IS NULL;
CREATE INDEX case_delete_after ON alerts.case (delete_after);

-- What a person asked for. The lane that holds the learner applies or refuses it and writes the answer.
CREATE TABLE alerts.action (
    id           uuid PRIMARY KEY,
    part         smallint NOT NULL,
    student_ref  text NOT NULL,
    learner_id   uuid NOT NULL,
    body         jsonb NOT NULL,
    if_match     bigint,
    at           timestamptz NOT NULL,        -- domain time; moved forward when it had to count later
    by_subject   text NOT NULL,
    answered_at  timestamptz,
    result       jsonb,
    audience     text[] NOT NULL,
    delete_after date NOT NULL
);
CREATE INDEX action_waiting ON alerts.action (part, at, id) WHERE answered_at IS NULL;
CREATE INDEX action_done ON alerts.action (at, id);

CREATE TABLE alerts.outbox (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    part     smallint NOT NULL,
    messages bytea NOT NULL
);
CREATE INDEX outbox_part ON alerts.outbox (part, id);

CREATE TABLE alerts.blocked (
    student_ref text PRIMARY KEY,
    part        smallint NOT NULL,
    reason      text NOT NULL,
    since       timestamptz NOT NULL
);

-- Who signs in, and what is theirs (users of schools and institutions too).
CREATE TABLE alerts.officer (
    subject  text PRIMARY KEY,                -- OIDC issuer and subject, joined by a space
    name     text NOT NULL,                   -- the officer's own name, shown to colleagues
    role     text NOT NULL,
    region   text,
    org      text,
    sites    text[] NOT NULL DEFAULT '{}'
);

CREATE TABLE alerts.session (
    id         bytea PRIMARY KEY,             -- SHA-256 of the cookie
    subject    text NOT NULL,
    csrf       text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    delete_after date NOT NULL DEFAULT (current_date + 1)
);

-- One row for each look at a person, written in the transaction of the read.
CREATE TABLE alerts.access_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    trace_id   text NOT NULL,
    action     text NOT NULL,
    purpose    text NOT NULL,
    actor      text NOT NULL,
    role       text NOT NULL,
    learners   text[] NOT NULL,
    objects    text[] NOT NULL DEFAULT '{}',  -- alert and case ids
    status     smallint NOT NULL,
    delete_after date NOT NULL DEFAULT (current_date + interval '3 years')
);

CREATE FUNCTION alerts.reader() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT string_to_array(nullif(current_setting('transfers.audience', true), ''), ',')
$$;

ALTER TABLE alerts.learner ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts.learner FORCE ROW LEVEL SECURITY;
ALTER TABLE alerts.alert ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts.alert FORCE ROW LEVEL SECURITY;
ALTER TABLE alerts.case ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts.case FORCE ROW LEVEL SECURITY;
ALTER TABLE alerts.action ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts.action FORCE ROW LEVEL SECURITY;
CREATE POLICY lane ON alerts.learner TO alerts_worker USING (true);
CREATE POLICY lane ON alerts.alert TO alerts_worker USING (true);
CREATE POLICY lane ON alerts.case TO alerts_worker USING (true);
CREATE POLICY lane ON alerts.action TO alerts_worker USING (true);
CREATE POLICY own ON alerts.learner FOR SELECT TO alerts_web USING (audience && alerts.reader());
CREATE POLICY own ON alerts.alert FOR SELECT TO alerts_web USING (audience && alerts.reader());
CREATE POLICY own ON alerts.case FOR SELECT TO alerts_web USING (audience && alerts.reader());
CREATE POLICY own ON alerts.action FOR SELECT TO alerts_web USING (audience && alerts.reader());
CREATE POLICY ask ON alerts.action FOR INSERT TO alerts_web WITH CHECK (audience && alerts.reader());

GRANT USAGE ON SCHEMA alerts TO alerts_worker, alerts_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON alerts.stream_offset, alerts.learner, alerts.timer, alerts.alert,
    alerts.case, alerts.outbox, alerts.blocked TO alerts_worker;
GRANT SELECT, UPDATE, DELETE ON alerts.action TO alerts_worker;
GRANT SELECT ON alerts.officer TO alerts_worker;
GRANT SELECT ON alerts.learner, alerts.alert, alerts.case, alerts.action, alerts.stream_offset, alerts.officer TO alerts_web;
GRANT INSERT ON alerts.action, alerts.access_log TO alerts_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON alerts.session TO alerts_web;
