-- The same index as before, under a condition that only the search for missed deadlines names. Once the statistics say that few tasks
-- wait, every index of them looks equally cheap, and a claim read this one from end to end, through all that had waited while a held
-- transaction kept it from being cleaned up.
DROP INDEX task_waiting_deadline;
CREATE INDEX task_waiting_deadline ON task (deadline_at) WHERE status = 'queued' AND deadline_at > '-infinity';
