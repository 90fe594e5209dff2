-- Who may run a task, as it was decided when it was accepted or when its client last had it run again. Not in the hot row, which does
-- not need it, and where nodes of the version before would fail at a column that appears behind their prepared statements.
ALTER TABLE task_body
  ADD COLUMN route text,                        -- JSON; null: accepted by the version before
  ADD COLUMN sandbox boolean NOT NULL DEFAULT false;  -- whether the sandbox plays those who may

-- What a client's retry has put an end to, so that what was played stays marked whoever runs it again.
CREATE TABLE former_route (
  task_id uuid     NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  seq     integer  NOT NULL,                    -- seq of the last event for which it counted
  attempt smallint NOT NULL,                    -- the last attempt, 0 where there was none
  route   text,
  sandbox boolean  NOT NULL,
  PRIMARY KEY (task_id, seq)
);

-- The same as before; besides, with each task who may run it.
CREATE OR REPLACE FUNCTION accept_tasks(entries json)
RETURNS TABLE (entry integer, task_id uuid, event_id bigint, prev bigint, replay_of uuid[], replay_hash text)
LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
  fresh integer[];
  replays bigint;
BEGIN
  WITH e AS (
    SELECT * FROM json_to_recordset(entries) AS x(entry integer, tenant text, key text, hash text, ids uuid[])
  ), kept AS (
    INSERT INTO idempotency_key (tenant, key, request_hash, task_ids)
    SELECT e.tenant, e.key, e.hash, e.ids FROM e WHERE e.key IS NOT NULL ORDER BY 1, 2
    ON CONFLICT DO NOTHING RETURNING task_ids[1] AS first_id
  )
  SELECT array_agg(e.entry) INTO fresh FROM e WHERE e.key IS NULL OR e.ids[1] IN (SELECT first_id FROM kept);

  RETURN QUERY
    SELECT e.entry, NULL::uuid, NULL::bigint, NULL::bigint, k.task_ids, k.request_hash
    FROM json_to_recordset(entries) AS e(entry integer, tenant text, key text)
    JOIN idempotency_key k ON k.tenant = e.tenant AND k.key = e.key
    WHERE e.key IS NOT NULL AND e.entry <> ALL (coalesce(fresh, '{}'));
  GET DIAGNOSTICS replays = ROW_COUNT;
  -- A key that expired between the two statements: what is neither stored nor a replay must not be answered as accepted.
  IF replays + coalesce(cardinality(fresh), 0) < json_array_length(entries) THEN
    RAISE EXCEPTION 'an idempotency key expired while it was used' USING ERRCODE = 'serialization_failure';
  END IF;

  RETURN QUERY
    WITH e AS MATERIALIZED (
      SELECT x.entry, x.tenant, t.*, row_number() OVER () AS place
      FROM json_to_recordset(entries) AS x(entry integer, tenant text, tasks json),
        json_to_recordset(x.tasks) AS t(id uuid, capability text, queue text, provider text, model text, priority smallint,
          max_attempts smallint, due_at timestamptz, deadline_at timestamptz, request json, metadata jsonb, processing_hook text, webhooks json,
          route json, sandbox boolean)
      WHERE x.entry = ANY (fresh)
    ), t AS (
      INSERT INTO task (id, tenant, capability, status, queue, provider, model, priority, attempt, tries_left, fence, seq, due_at, deadline_at,
        processing_hook)
      SELECT e.id, e.tenant, e.capability, 'queued', e.queue, e.provider, e.model, e.priority, 0, e.max_attempts, 0, 1, e.due_at, e.deadline_at,
        e.processing_hook
      FROM e RETURNING task.id
    ), b AS (
      INSERT INTO task_body (task_id, request, metadata, route, sandbox)
      SELECT e.id, e.request::text, e.metadata, e.route::text, coalesce(e.sandbox, false) FROM e
    ), c AS MATERIALIZED (
      SELECT n.* FROM (SELECT count(*) AS amount FROM t) AS made, next_event_ids(made.amount) AS n WHERE made.amount > 0
    ), v AS (
      INSERT INTO task_event (id, task_id, seq, type, status, tenant, provider, capability, attempt)
      SELECT c.first + e.place - 1, e.id, 1, 'queued', 'queued', e.tenant, e.provider, e.capability, 0 FROM e, c
    ), w AS (
      INSERT INTO webhook_delivery (id, task_id, event_id, seq, type, url, next_at)
      SELECT h.id, e.id, c.first + e.place - 1, 1, 'queued', h.url, now()
      FROM e, c, json_to_recordset(e.webhooks) AS h(id uuid, url text) WHERE e.webhooks IS NOT NULL
    )
    SELECT e.entry, e.id, c.first + e.place - 1, c.prev, NULL::uuid[], NULL::text FROM e, c;
END $$;

-- Applies changes that have a task run again, as change_tasks does, and puts the new decision about who may in the place of the former.
-- A function of its own, since this is rare: the other changes pay nothing for it.
CREATE FUNCTION revive_tasks(changes json)
RETURNS TABLE (place integer, event_id bigint, prev bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  done record;
  places integer[] := '{}';
BEGIN
  FOR done IN SELECT * FROM change_tasks(changes) LOOP
    places := places || done.place;
    RETURN QUERY SELECT done.place, done.event_id, done.prev;
  END LOOP;
  INSERT INTO former_route (task_id, seq, attempt, route, sandbox)
  SELECT b.task_id, x.seq - 1, x.attempt, b.route, b.sandbox
  FROM json_to_recordset(changes) AS x(place integer, id uuid, seq integer, attempt smallint) JOIN task_body b ON b.task_id = x.id
  WHERE x.place = ANY (places);
  UPDATE task_body b SET route = x.route::text, sandbox = x.sandbox
  FROM json_to_recordset(changes) AS x(place integer, id uuid, route json, sandbox boolean)
  WHERE b.task_id = x.id AND x.place = ANY (places);
END $$;
