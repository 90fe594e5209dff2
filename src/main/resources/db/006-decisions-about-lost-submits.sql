-- The indexes of a large store take longer than a statement may otherwise.
SET LOCAL statement_timeout = 0;

-- For the question which task has, or ever had, a provider's job. Asked for equality alone, and a hash of an id is a third of it.
CREATE INDEX attempt_external_id ON attempt USING hash (external_id);
CREATE INDEX provider_callback_external_id ON provider_callback USING hash (external_id);

-- What was decided about attempts whose reply to the submit was lost. Beside their table and not in it, since they are rare, and since
-- nodes of the version before would fail at a column that appears behind their prepared statements.
CREATE TABLE lost_submit (
  task_id  uuid     NOT NULL,
  attempt  smallint NOT NULL,
  decision text     NOT NULL,                   -- in words
  PRIMARY KEY (task_id, attempt)
);

-- Who has or had these jobs of providers: ended attempts, which bind their own task, too; tasks that run; and tasks whose job
-- the provider has reported. Where no provider is told, any may be meant.
CREATE FUNCTION job_holders(jobs text[]) RETURNS TABLE (external_id text, provider text, task_id uuid) LANGUAGE sql STABLE AS $$
  SELECT a.external_id, a.provider, NULL::uuid FROM attempt a WHERE a.external_id = ANY (jobs)
  UNION ALL
  SELECT t.external_id, t.provider, t.id FROM task t WHERE cardinality(jobs) > 0 AND t.status = 'processing' AND t.external_id = ANY (jobs)
  UNION ALL
  SELECT c.external_id, NULL, c.task_id FROM provider_callback c WHERE c.external_id = ANY (jobs)
$$;

-- Applies changes that decide about lost submits, as change_tasks does, and keeps the decision's words: with the attempt, and in the
-- event of the change where it has one. A change that goes on with a job which another task has or had is left out like one that no
-- longer applies, and of two changes with one job the second is.
-- A function of its own and one lock for all of them, since this is rare: submits whose reply came pay nothing for it. The lock is
-- held until the commit is visible, and what follows it reads anew, so nodes that find one job at the same moment come one by one.
CREATE FUNCTION decide_lost_submits(changes json)
RETURNS TABLE (place integer, event_id bigint, prev bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  free json;
  done record;
  places integer[] := '{}';
  events bigint[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock(720, 3);
  WITH x AS MATERIALIZED (
    SELECT c.change, c.n, r.*, row_number() OVER (PARTITION BY r.phase, r.provider, r.external_id ORDER BY c.n) AS rank
    FROM json_array_elements(changes) WITH ORDINALITY AS c(change, n),
      json_to_record(c.change) AS r(id uuid, phase text, provider text, external_id text)
  ), held AS MATERIALIZED (
    SELECT * FROM job_holders(ARRAY(SELECT x.external_id FROM x WHERE x.phase = 'submitted'))
  )
  SELECT coalesce(json_agg(x.change ORDER BY x.n), '[]') INTO free FROM x
  WHERE x.phase IS DISTINCT FROM 'submitted' OR x.rank = 1 AND NOT EXISTS (SELECT 1 FROM held h
    WHERE h.external_id = x.external_id AND coalesce(h.provider, x.provider) = x.provider AND h.task_id IS DISTINCT FROM x.id);

  FOR done IN SELECT * FROM change_tasks(free) LOOP
    places := places || done.place;
    events := events || done.event_id;
    RETURN QUERY SELECT done.place, done.event_id, done.prev;
  END LOOP;
  INSERT INTO lost_submit (task_id, attempt, decision)
  SELECT x.id, x.attempt, x.decision FROM json_to_recordset(free) AS x(place integer, id uuid, attempt smallint, decision text)
  WHERE x.place = ANY (places) ON CONFLICT DO NOTHING;
  UPDATE task_event e SET progress = json_build_object('message', x.decision)::text
  FROM unnest(places, events) AS d(place, id), json_to_recordset(free) AS x(place integer, decision text)
  WHERE e.id = d.id AND x.place = d.place;
END $$;

-- The same as before; besides, what was decided about lost submits.
CREATE OR REPLACE FUNCTION remove_old_tasks(keep_days integer, amount integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  old uuid[];
BEGIN
  old := ARRAY(
    SELECT t.id FROM task t
    WHERE t.id < (lpad(to_hex(((extract(epoch FROM now()) - keep_days * 86400.0) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
      AND t.completed_at < now() - make_interval(days => keep_days)
    ORDER BY t.id LIMIT amount FOR UPDATE SKIP LOCKED);
  DELETE FROM webhook_delivery WHERE task_id = ANY (old);
  DELETE FROM attempt WHERE task_id = ANY (old);
  DELETE FROM lost_submit WHERE task_id = ANY (old);
  DELETE FROM task_result WHERE task_id = ANY (old);
  DELETE FROM task_body WHERE task_id = ANY (old);
  DELETE FROM task WHERE id = ANY (old);
  RETURN cardinality(old);
END $$;
