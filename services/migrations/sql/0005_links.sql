-- Two references of one person (learner.linked): where the old one leads, and what it handed over.

-- A forwarding row. What is sent under `old_ref` goes on to `new_ref`; a chain is followed row by row.
CREATE TABLE placement.link (
    old_ref      text PRIMARY KEY,
    new_ref      text NOT NULL,
    sent         bigint NOT NULL DEFAULT 0,  -- how often something was forwarded: who waits for rest looks at it
    delete_after date NOT NULL
);
CREATE INDEX link_delete_after ON placement.link (delete_after);
GRANT SELECT, INSERT, UPDATE, DELETE ON placement.link TO placement;

-- The walk of an old reference, with its alerts and cases, on its way to the lane of the new one. The lane
-- of the old one inserts it, that of the new one takes it out.
CREATE TABLE alerts.handover (
    old_ref      text PRIMARY KEY,
    student_ref  text NOT NULL,              -- whose it becomes
    part         smallint NOT NULL,          -- the partition of that learner
    body         bytea NOT NULL,
    delete_after date NOT NULL
);
CREATE INDEX handover_part ON alerts.handover (part);
CREATE INDEX handover_delete_after ON alerts.handover (delete_after);
GRANT SELECT, INSERT, UPDATE, DELETE ON alerts.handover TO alerts_worker;
