-- The one schema that every role may read: the clock, the processes that run, and the barriers.

-- One database role for each service. They cannot log in until whoever deploys gives them a password;
-- none owns a table, so none can alter one.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['registration', 'placement', 'alerts_worker', 'alerts_web'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
END $$;

CREATE SCHEMA platform;

-- Domain time = domain + (machine now - machine) * rate. In production there is no row, and domain
-- time is the clock of the database.
CREATE TABLE platform.clock (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL,
    machine timestamptz NOT NULL,
    domain  timestamptz NOT NULL,
    rate    double precision NOT NULL CHECK (rate >= 0),
    held    boolean NOT NULL DEFAULT false      -- new requests wait: the clock is about to be set
);

CREATE FUNCTION platform.domain_at(moment timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT c.domain + (moment - c.machine) * c.rate FROM platform.clock c), moment)
$$;

CREATE FUNCTION platform.now() RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$ SELECT platform.domain_at(clock_timestamp()) $$;

-- Each process renews its row every second; "every process" = rows younger than five seconds.
CREATE TABLE platform.process (
    id                   text PRIMARY KEY,       -- role, role part and instance: placement-1
    role                 text NOT NULL,          -- registration-web, placement, alerts-worker, alerts-web
    clock_version        bigint NOT NULL DEFAULT 0,
    institutions_version bigint NOT NULL DEFAULT 0,
    clients_version      bigint NOT NULL DEFAULT 0,
    seen_at              timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A barrier at C: everything received up to C lies before it in the log. A registration process
-- acknowledges it when what it had begun has ended; then the leading one writes it to every partition.
CREATE TABLE platform.barrier (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,             -- C, domain time
    asked_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    written_at timestamptz
);
CREATE TABLE platform.barrier_ack (
    barrier bigint NOT NULL REFERENCES platform.barrier ON DELETE CASCADE,
    process text NOT NULL,
    PRIMARY KEY (barrier, process)
);

GRANT USAGE ON SCHEMA platform TO registration, placement, alerts_worker, alerts_web;
GRANT SELECT ON ALL TABLES IN SCHEMA platform TO registration, placement, alerts_worker, alerts_web;
GRANT INSERT, UPDATE, DELETE ON platform.process TO registration, placement, alerts_worker, alerts_web;
GRANT INSERT ON platform.barrier_ack TO registration;
GRANT UPDATE (written_at) ON platform.barrier TO registration;
