-- Event ids are taken under one lock of all nodes, so what is big is stored before: else everybody waits while one writes 18 MB.

-- As accept_tasks(json), which stays for nodes of the version before; but what clients wrote comes apart from the rows that tell of it, since
-- to parse it with them, once for each question, takes most of the time. A row names its request by its place, from 1.
CREATE FUNCTION accept_tasks(entries json, requests text[])
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
          max_attempts smallint, due_at timestamptz, deadline_at timestamptz, request integer, metadata jsonb, processing_hook text, webhooks json,
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
      SELECT e.id, requests[e.request], e.metadata, e.route::text, coalesce(e.sandbox, false) FROM e RETURNING task_body.task_id
    ), c AS MATERIALIZED (
      -- The question how many bodies there are has them stored first.
      SELECT n.* FROM (SELECT count(*) AS amount FROM t WHERE (SELECT count(*) FROM b) >= 0) AS made, next_event_ids(made.amount) AS n
      WHERE made.amount > 0
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

-- As before; but results are stored before event ids are taken.
CREATE OR REPLACE FUNCTION change_tasks(changes json)
RETURNS TABLE (place integer, event_id bigint, prev bigint)
LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    WITH x AS MATERIALIZED (
      SELECT * FROM json_to_recordset(changes) AS x(place integer, id uuid, from_fence integer, from_status text, from_phase text,
        has_event boolean, status text, phase text, queue text, provider text, model text, attempt smallint, tries_left smallint, seq integer,
        owner uuid, external_id text, job json, error json, due_at timestamptz, deadline_at timestamptz,
        attempt_started_at timestamptz, started_at timestamptz, completed_at timestamptz, cancel_requested boolean,
        ended json, outputs json, result json, webhooks json)
    ), u AS (
      UPDATE task t SET status = x.status, phase = x.phase, queue = x.queue, provider = x.provider, model = x.model,
        attempt = x.attempt, tries_left = x.tries_left, seq = x.seq, owner = x.owner, external_id = x.external_id, job = x.job::text,
        error = x.error::text, due_at = x.due_at, deadline_at = x.deadline_at, attempt_started_at = x.attempt_started_at,
        started_at = x.started_at, completed_at = x.completed_at,
        cancel_requested = CASE WHEN x.cancel_requested IS NULL THEN t.cancel_requested ELSE x.cancel_requested END
      FROM x WHERE t.id = x.id AND t.fence = x.from_fence AND t.status = x.from_status
        AND (x.has_event OR t.phase IS NOT DISTINCT FROM x.from_phase)
      RETURNING x.place, t.tenant, t.capability
    ), a AS (
      INSERT INTO attempt (task_id, attempt, provider, model, external_id, started_at, ended_at, charged, cost, error)
      SELECT x.id, e.attempt, e.provider, e.model, e.external_id, e.started_at, e.ended_at, e.charged, e.cost::text, e.error::text
      FROM u JOIN x USING (place), json_to_record(x.ended) AS e(attempt smallint, provider text, model text, external_id text,
        started_at timestamptz, ended_at timestamptz, charged text, cost json, error json)
      WHERE x.ended IS NOT NULL
      ON CONFLICT (task_id, attempt) DO NOTHING
    ), r AS (
      INSERT INTO task_result (task_id, outputs, result)
      SELECT x.id, x.outputs::text, x.result::text FROM u JOIN x USING (place) WHERE x.outputs IS NOT NULL
      ON CONFLICT (task_id) DO UPDATE SET outputs = excluded.outputs, result = excluded.result RETURNING task_result.task_id
    ), told AS MATERIALIZED (
      SELECT x.*, u.tenant, u.capability, row_number() OVER (ORDER BY x.place) AS rank FROM u JOIN x USING (place) WHERE x.has_event
    ), c AS MATERIALIZED (
      SELECT n.* FROM (SELECT count(*) AS amount FROM told WHERE (SELECT count(*) FROM r) >= 0) AS made, next_event_ids(made.amount) AS n WHERE made.amount > 0
    ), v AS (
      INSERT INTO task_event (id, task_id, seq, type, status, tenant, provider, capability, attempt, error)
      SELECT c.first + m.rank - 1, m.id, m.seq, m.status, m.status, m.tenant, m.provider, m.capability, m.attempt, m.error::text FROM told m, c
    ), w AS (
      INSERT INTO webhook_delivery (id, task_id, event_id, seq, type, url, next_at)
      SELECT h.id, m.id, c.first + m.rank - 1, m.seq, m.status, h.url, now()
      FROM told m, c, json_to_recordset(m.webhooks) AS h(id uuid, url text) WHERE m.webhooks IS NOT NULL
    )
    SELECT u.place, c.first + m.rank - 1, c.prev
    FROM u LEFT JOIN told m USING (place) LEFT JOIN c ON m.place IS NOT NULL;
END $$;
