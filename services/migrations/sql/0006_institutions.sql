-- Institutions: what they published, when they were heard, and the watch that alerts keeps over them.

ALTER TABLE registration.institution
    ADD COLUMN calendars jsonb NOT NULL DEFAULT '{}',  -- every version sent, by study year
    ADD COLUMN heard     jsonb NOT NULL DEFAULT '{}';  -- when something arrived, by org or site

-- One row for each institution that was ever heard. Its alerts stand in `alerts.alert`.
CREATE TABLE alerts.watch (
    org           text PRIMARY KEY,
    part          smallint NOT NULL,
    settled_until timestamptz NOT NULL,         -- domain time
    next_due      timestamptz
) WITH (fillfactor = 70);

ALTER TABLE alerts.alert ADD COLUMN org text;   -- whom the alert is about when it is no learner
CREATE INDEX alert_org ON alerts.alert (org) WHERE org IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON alerts.watch TO alerts_worker;
