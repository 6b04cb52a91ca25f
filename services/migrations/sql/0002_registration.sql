-- Registration: who may post, what was posted, and who exists. Its only user is the role `registration`.

CREATE SCHEMA registration;

CREATE TABLE registration.client (
    client_id  text PRIMARY KEY,
    role       text NOT NULL,
    sources    text[] NOT NULL,
    orgs       text[] NOT NULL,             -- BRINs and RMCnn it may speak for
    scopes     text[] NOT NULL,
    rate       integer NOT NULL CHECK (rate > 0),  -- events a second
    presence   boolean NOT NULL DEFAULT true,      -- can its institutions send presence?
    relay      boolean NOT NULL DEFAULT false,
    revoked_at timestamptz,
    version    bigint NOT NULL               -- of the registry as a whole, at this row's last change
);

-- One row for each school, institution and desk. `published` follows `version` once it stands in the
-- topic; a row that is behind is published by the process that leads.
CREATE TABLE registration.institution (
    org        text PRIMARY KEY,
    body       jsonb NOT NULL,               -- as in the topic, without lastReceivedAt
    last_received_at jsonb NOT NULL DEFAULT '{}',
    version    bigint NOT NULL,
    changed_at timestamptz NOT NULL,         -- domain time
    published  bigint NOT NULL DEFAULT 0
);
CREATE INDEX institution_unpublished ON registration.institution (org) WHERE published < version;

CREATE SEQUENCE registration.registry_version;

-- One row for each event that was ever taken in. It holds no body and no pseudonym.
CREATE TABLE registration.receipt (
    receipt_id   text PRIMARY KEY,
    client_id    text NOT NULL,
    source       text NOT NULL,
    event_id     text NOT NULL,
    event_type   text NOT NULL,
    hash         bytea NOT NULL,             -- type and data by value
    student_hash bytea,
    state        text NOT NULL CHECK (state IN ('pending', 'accepted', 'quarantined')),
    received_at  timestamptz NOT NULL,       -- domain time
    topic        text,
    part         smallint,
    "offset"     bigint,
    outcome      text,                       -- null: applied once the partition has passed this offset
    delete_after date NOT NULL
);
CREATE INDEX receipt_pending ON registration.receipt (received_at) WHERE state = 'pending';
CREATE INDEX receipt_delete_after ON registration.receipt USING brin (delete_after);

-- How far placement has come, as `event-outcomes` tells it; a receipt below it without outcome is applied.
CREATE TABLE registration.progress (
    part        smallint PRIMARY KEY,
    next_offset bigint NOT NULL
);

-- How far the reader of `event-outcomes` has come; it changes with what it read, in one transaction.
CREATE TABLE registration.stream_offset (
    topic       text NOT NULL,
    part        smallint NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, part)
);

-- Keys that every process of registration shares, and nobody else needs: to sign the cursors of lists.
CREATE TABLE registration.secret (
    name  text PRIMARY KEY,
    value bytea NOT NULL
);
INSERT INTO registration.secret
VALUES ('cursor', sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

GRANT USAGE ON SCHEMA registration TO registration;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA registration TO registration;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA registration TO registration;
