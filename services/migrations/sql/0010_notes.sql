-- Short notes of a desk about its cases. They stand beside the learner's walk: no rule reads them, and they
-- never leave the database. A note goes where its case goes, and is gone with it.

CREATE TABLE alerts.note (
    id           uuid PRIMARY KEY,
    case_id      uuid NOT NULL REFERENCES alerts.case ON DELETE CASCADE,
    kind         text NOT NULL,
    words        text NOT NULL CHECK (length(words) <= 280),
    by_subject   text NOT NULL,
    at           timestamptz NOT NULL DEFAULT platform.now(),  -- domain time
    delete_after date NOT NULL
);
CREATE INDEX note_case ON alerts.note (case_id, at);
CREATE INDEX note_delete_after ON alerts.note (delete_after);

ALTER TABLE alerts.note ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts.note FORCE ROW LEVEL SECURITY;
CREATE POLICY lane ON alerts.note TO alerts_worker USING (true);
-- Of the desk whose case it is; brokers of that region read the case, and not this.
CREATE POLICY desk ON alerts.note TO alerts_web USING (
    EXISTS (SELECT FROM alerts.case c
            WHERE c.case_id = note.case_id AND 'R' || coalesce(c.region, '-') = ANY (alerts.reader())));

GRANT SELECT, DELETE ON alerts.note TO alerts_worker;
GRANT SELECT, INSERT ON alerts.note TO alerts_web;
