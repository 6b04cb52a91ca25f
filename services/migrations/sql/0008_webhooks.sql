-- Webhooks: who wants to hear of alerts and cases, what is to be brought to them, and how that went.
-- The lane of alerts writes events, `transfers alerts deliver` deliveries, the API subscriptions.
-- All moments but `event.at` are machine time.

CREATE FUNCTION alerts.subject() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('transfers.subject', true), '')
$$;

-- An outbound event as receivers get it; without a person, but for the row that it is about. Kept only while
-- somebody is to hear it, and deleted with that row when the learner is erased.
CREATE TABLE alerts.event (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     text NOT NULL UNIQUE,         -- also the `webhook-id`
    type         text NOT NULL,
    at           timestamptz NOT NULL,         -- domain time
    alert_id     text,
    case_id      uuid,
    dataref      text,
    data         text NOT NULL,                -- JSON, as it is sent
    fanned_at    timestamptz,                  -- when it was parted into deliveries
    delete_after date NOT NULL DEFAULT (current_date + 400)
);
CREATE INDEX event_waiting ON alerts.event (number) WHERE fanned_at IS NULL;
CREATE INDEX event_alert ON alerts.event (alert_id) WHERE alert_id IS NOT NULL;
CREATE INDEX event_case ON alerts.event (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX event_delete_after ON alerts.event (delete_after);

CREATE TABLE alerts.subscription (
    id            uuid PRIMARY KEY,
    owner         text NOT NULL,               -- a subject of `alerts.officer`: what is theirs limits what is heard
    revision      bigint NOT NULL DEFAULT 1,
    sink          text NOT NULL,
    headers       jsonb NOT NULL DEFAULT '{}',
    types         text[] NOT NULL DEFAULT '{}',
    filters       jsonb NOT NULL DEFAULT '[]',
    status        text NOT NULL DEFAULT 'PENDING'
                  CHECK (status IN ('PENDING', 'ACTIVE', 'PAUSED', 'DISABLED')),
    reason        text,                        -- why it is not active, from a closed list
    credential    bytea,                       -- sealed, as the two secrets
    secret        bytea NOT NULL,
    secret_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    old_secret    bytea,
    old_until     timestamptz,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    agreed_at     timestamptz,                 -- the receiver agreed, once: from then on events are kept for it
    agreed_sink   text,                        -- which receiver agreed last
    allowed_rate  integer,                     -- requests a minute; null: any
    asked         smallint NOT NULL DEFAULT 0, -- how often the receiver was asked for its agreement
    ask_at        timestamptz,                 -- when it is asked again; null: not by itself
    sequence      bigint NOT NULL DEFAULT 0,   -- of the last event that was kept for it
    failing_since timestamptz,                 -- the first failure since the last success
    held_until    timestamptz                  -- nothing is sent before: asked by the receiver, or its rate
);
CREATE INDEX subscription_owner ON alerts.subscription (owner, created_at, id);

CREATE TABLE alerts.delivery (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subscription uuid NOT NULL REFERENCES alerts.subscription ON DELETE CASCADE,
    event        bigint NOT NULL REFERENCES alerts.event ON DELETE CASCADE,
    sequence     bigint NOT NULL,
    once         boolean NOT NULL DEFAULT false, -- tried once, and no sign of health: a replay or a test
    replay_of    uuid,
    status       text NOT NULL DEFAULT 'WAITING'
                 CHECK (status IN ('WAITING', 'DELIVERED', 'EXHAUSTED')),
    attempt      smallint NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at       timestamptz DEFAULT clock_timestamp(),
    lease_until  timestamptz,
    lease_by     text,
    ended_at     timestamptz,
    attempts     jsonb NOT NULL DEFAULT '[]'    -- time, status or fault, duration and begin of each answer
) WITH (fillfactor = 70);
CREATE INDEX delivery_event ON alerts.delivery (event);
CREATE UNIQUE INDEX delivery_once ON alerts.delivery (event, subscription) WHERE NOT once;
CREATE INDEX delivery_due ON alerts.delivery (subscription, due_at) WHERE status = 'WAITING';
CREATE INDEX delivery_leased ON alerts.delivery (subscription) WHERE status = 'WAITING' AND lease_until IS NOT NULL;
CREATE INDEX delivery_list ON alerts.delivery (subscription, created_at, id);

-- The answers to requests that may be sent again with the same Idempotency-Key, for a day.
CREATE TABLE alerts.once (
    owner    text NOT NULL,
    key      text NOT NULL,
    hash     bytea NOT NULL,                   -- SHA-256 of what was asked
    answer   bytea NOT NULL,                   -- sealed: it may hold a secret
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (owner, key)
);

ALTER TABLE alerts.subscription ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts.subscription FORCE ROW LEVEL SECURITY;
ALTER TABLE alerts.delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts.delivery FORCE ROW LEVEL SECURITY;
ALTER TABLE alerts.once ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts.once FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON alerts.subscription TO alerts_worker USING (true);
CREATE POLICY worker ON alerts.delivery TO alerts_worker USING (true);
CREATE POLICY worker ON alerts.once TO alerts_worker USING (true);
CREATE POLICY own ON alerts.subscription TO alerts_web USING (owner = alerts.subject());
CREATE POLICY own ON alerts.once TO alerts_web USING (owner = alerts.subject());
-- Whoever has a whole region in sight may see how deliveries of colleagues go.
CREATE POLICY region ON alerts.subscription FOR SELECT TO alerts_web USING (
    EXISTS (SELECT FROM alerts.officer o
            WHERE o.subject = owner AND 'R' || coalesce(o.region, '-') = ANY (alerts.reader())));
CREATE POLICY own ON alerts.delivery TO alerts_web USING (
    EXISTS (SELECT FROM alerts.subscription s WHERE s.id = subscription));

GRANT SELECT, INSERT, UPDATE, DELETE ON alerts.event, alerts.subscription, alerts.delivery TO alerts_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON alerts.subscription, alerts.once TO alerts_web;
GRANT SELECT, INSERT ON alerts.delivery TO alerts_web;
GRANT SELECT, DELETE ON alerts.once TO alerts_worker;
GRANT SELECT (number, event_id, type, at), INSERT (event_id, type, at, data, fanned_at) ON alerts.event TO alerts_web;
