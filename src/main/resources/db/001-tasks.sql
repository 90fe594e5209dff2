-- Tasks, their attempts, their events and what leaves because of them.
-- The functions are the only writers; each is one round trip and one commit, and takes many entries at once.

-- Narrow and hot: one row per task, rewritten at each step of its life. What is big or frozen stands in task_body and task_result.
CREATE TABLE task (
  id                 uuid PRIMARY KEY,          -- UUID version 7: its time is the task's created_at
  tenant             text        NOT NULL,
  capability         text        NOT NULL,
  status             text        NOT NULL,
  phase              text,                      -- only while processing: claimed, submitting, submitted, storing
  queue              text        NOT NULL,
  provider           text        NOT NULL,
  model              text,
  priority           smallint    NOT NULL,
  attempt            smallint    NOT NULL,      -- number of the present attempt, 0 before the first
  tries_left         smallint    NOT NULL,
  fence              integer     NOT NULL,      -- grows with each change of owner; every write names the one it knows
  seq                integer     NOT NULL,      -- seq of the newest status event
  owner              uuid,                      -- node that runs it
  external_id        text,                      -- the provider's id of the job
  job                text,                      -- JSON: what is needed to go on with the provider's job
  error              text,                      -- JSON: the newest error
  cancel_requested   boolean     NOT NULL DEFAULT false,
  processing_hook    text,                      -- where to tell of each claim, since a claim does not read the request
  due_at             timestamptz NOT NULL,
  deadline_at        timestamptz NOT NULL,
  attempt_started_at timestamptz,
  started_at         timestamptz,
  completed_at       timestamptz,
  CHECK (status IN ('queued', 'processing', 'completed', 'failed', 'cancelled')),
  CHECK (phase IN ('claimed', 'submitting', 'submitted', 'storing')),
  CHECK ((status = 'processing') = (phase IS NOT NULL))
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);

CREATE INDEX task_by_tenant ON task (tenant, id DESC);
-- What a claim walks: priority first, oldest first.
CREATE INDEX task_waiting ON task (queue, priority DESC, due_at, id) WHERE status = 'queued';
CREATE INDEX task_waiting_deadline ON task (deadline_at) WHERE status = 'queued';
CREATE INDEX task_running ON task (owner) WHERE status = 'processing';
CREATE INDEX task_to_cancel ON task (owner) WHERE status = 'processing' AND cancel_requested;

-- Frozen at accept: what the client asked.
CREATE TABLE task_body (
  task_id  uuid PRIMARY KEY,
  request  text NOT NULL,       -- JSON
  metadata jsonb                                -- only where the client gave any: it is what the list filters by
);
CREATE INDEX task_metadata ON task_body USING gin (metadata jsonb_path_ops) WHERE metadata IS NOT NULL;

CREATE TABLE task_result (
  task_id uuid PRIMARY KEY,
  outputs text NOT NULL,        -- JSON array
  result  text                  -- JSON
);

-- One row per attempt that has ended; the running one is told by its task's row.
CREATE TABLE attempt (
  task_id     uuid        NOT NULL,
  attempt     smallint    NOT NULL,
  provider    text        NOT NULL,
  model       text,
  external_id text,
  started_at  timestamptz NOT NULL,
  ended_at    timestamptz NOT NULL,
  charged     text        NOT NULL CHECK (charged IN ('yes', 'no', 'unknown')),
  cost        text,                             -- JSON
  error       text,                             -- JSON
  PRIMARY KEY (task_id, attempt)
);

-- Append-only history. id is microseconds since 1970, handed out by next_event_ids in the order of commits.
CREATE TABLE task_event (
  id         bigint   NOT NULL,
  task_id    uuid     NOT NULL,
  seq        integer  NOT NULL,
  type       text     NOT NULL,                 -- queued, processing, progress, completed, failed, cancelled
  status     text     NOT NULL,
  tenant     text     NOT NULL,
  provider   text     NOT NULL,
  capability text     NOT NULL,
  attempt    smallint NOT NULL,
  progress   text,                              -- JSON
  error      text,                              -- JSON
  PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX task_event_by_task ON task_event (task_id, seq);
-- Takes what falls on no day's partition, so that an accept never fails for want of one.
CREATE TABLE task_event_default PARTITION OF task_event DEFAULT;

-- Outbox and log of webhooks. claimed_until keeps two nodes from sending one delivery at the same time.
CREATE TABLE webhook_delivery (
  id            uuid PRIMARY KEY,               -- the webhook-id that the receiver sees, the same at each try
  task_id       uuid        NOT NULL,
  event_id      bigint      NOT NULL,
  seq           integer     NOT NULL,
  type          text        NOT NULL,
  url           text        NOT NULL,
  status        text        NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
  tries         jsonb       NOT NULL DEFAULT '[]',
  next_at       timestamptz,
  claimed_until timestamptz
) WITH (fillfactor = 80);
CREATE INDEX webhook_due ON webhook_delivery (next_at) WHERE status = 'pending';
CREATE INDEX webhook_by_task ON webhook_delivery (task_id);

CREATE TABLE node (
  id           uuid PRIMARY KEY,                -- made anew by each process
  name         text        NOT NULL,
  started_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,            -- pushed on by each heartbeat; past it, others take over
  -- After an outage of the database all nodes look dead: who comes back first leaves the others as long to come back, too.
  patient_until timestamptz NOT NULL DEFAULT '-infinity'
);

CREATE TABLE idempotency_key (
  tenant       text        NOT NULL,
  key          text        NOT NULL,
  request_hash text        NOT NULL,
  task_ids     uuid[]      NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

-- Values that all nodes share and that are made once, such as the secret behind callback tokens.
CREATE TABLE setting (
  name  text PRIMARY KEY,
  value text NOT NULL
);

-- The order of all events. A sequence, since it neither bloats nor rolls back while a long transaction holds back clean-up.
CREATE SEQUENCE event_clock MINVALUE 0 START 0;
SELECT setval('event_clock', 0);

-- Hands out n event ids. The lock is held until the caller's commit is visible, so who sees an id sees every smaller one:
-- a reader that has come as far as an id never finds a smaller one later. Must be the last lock that a transaction takes.
CREATE FUNCTION next_event_ids(n bigint, OUT prev bigint, OUT first bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(720, 1);
  SELECT last_value INTO prev FROM event_clock;
  first := greatest(prev + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
  PERFORM setval('event_clock', first + n - 1);
END $$;

-- The newest id of which it is sure that no smaller one can still appear.
CREATE FUNCTION event_horizon() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(720, 1);
  RETURN (SELECT last_value FROM event_clock);
END $$;

-- Makes the partitions of today and the next days, and drops those that ended before keep_days ago.
CREATE FUNCTION roll_event_partitions(keep_days integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  day date;
  part record;
BEGIN
  PERFORM pg_advisory_xact_lock(720, 2);
  FOR i IN 0..3 LOOP
    day := (now() AT TIME ZONE 'UTC')::date + i;
    CONTINUE WHEN to_regclass('task_event_' || to_char(day, 'YYYYMMDD')) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I PARTITION OF task_event FOR VALUES FROM (%s) TO (%s)', 'task_event_' || to_char(day, 'YYYYMMDD'),
      (extract(epoch FROM day::timestamp) * 1000000)::bigint, (extract(epoch FROM (day + 1)::timestamp) * 1000000)::bigint);
  END LOOP;
  FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = 'task_event'::regclass AND c.relname ~ '^task_event_\d{8}$'
                AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - keep_days LOOP
    INSERT INTO setting (name, value)
    VALUES ('history_from', (extract(epoch FROM (to_date(right(part.relname, 8), 'YYYYMMDD') + 1)::timestamp) * 1000000)::bigint::text)
    ON CONFLICT (name) DO UPDATE SET value = greatest(setting.value::bigint, excluded.value::bigint)::text;
    EXECUTE format('DROP TABLE %I', part.relname);
  END LOOP;
END $$;

-- Stores accepted requests. Each entry is one request of one or many tasks, all or none, with or without an idempotency key.
-- Returns a row per new task (with its event), and one row without event for each entry whose key was used before.
CREATE FUNCTION accept_tasks(entries json)
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
          max_attempts smallint, due_at timestamptz, deadline_at timestamptz, request json, metadata jsonb, processing_hook text, webhooks json)
      WHERE x.entry = ANY (fresh)
    ), t AS (
      INSERT INTO task (id, tenant, capability, status, queue, provider, model, priority, attempt, tries_left, fence, seq, due_at, deadline_at,
        processing_hook)
      SELECT e.id, e.tenant, e.capability, 'queued', e.queue, e.provider, e.model, e.priority, 0, e.max_attempts, 0, 1, e.due_at, e.deadline_at,
        e.processing_hook
      FROM e RETURNING task.id
    ), b AS (
      INSERT INTO task_body (task_id, request, metadata) SELECT e.id, e.request::text, e.metadata FROM e
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

-- Claims the queued tasks that are named and due: by hint.
CREATE FUNCTION claim_tasks(node_id uuid, ids uuid[])
RETURNS TABLE (id bigint, task_id uuid, seq integer, type text, status text, tenant text, provider text, capability text,
  attempt smallint, progress text, error text, prev bigint)
LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
  -- A node that others hold for dead must not own anything.
  IF NOT EXISTS (SELECT 1 FROM node n WHERE n.id = node_id AND n.expires_at > now()) THEN
    RETURN;
  END IF;
  RETURN QUERY
    WITH picked AS MATERIALIZED (
      SELECT t.id FROM task t
      -- One whose cancel came while it was given back is claimed, too: its owner ends it.
      WHERE t.id = ANY (ids) AND t.status = 'queued' AND t.due_at <= now()
      ORDER BY t.id FOR UPDATE SKIP LOCKED
    ), u AS (
      UPDATE task t SET status = 'processing', phase = 'claimed', owner = node_id, fence = t.fence + 1, seq = t.seq + 1,
        attempt = t.attempt + 1, attempt_started_at = now(), started_at = coalesce(t.started_at, now())
      FROM picked WHERE t.id = picked.id
      RETURNING t.id, t.seq, t.tenant, t.provider, t.capability, t.attempt, t.processing_hook
    ), numbered AS MATERIALIZED (
      SELECT u.*, row_number() OVER (ORDER BY u.id) AS place FROM u
    ), c AS MATERIALIZED (
      SELECT n.* FROM (SELECT count(*) AS amount FROM numbered) AS made, next_event_ids(made.amount) AS n WHERE made.amount > 0
    ), v AS (
      INSERT INTO task_event (id, task_id, seq, type, status, tenant, provider, capability, attempt)
      SELECT c.first + m.place - 1, m.id, m.seq, 'processing', 'processing', m.tenant, m.provider, m.capability, m.attempt FROM numbered m, c
    ), w AS (
      INSERT INTO webhook_delivery (id, task_id, event_id, seq, type, url, next_at)
      SELECT gen_random_uuid(), m.id, c.first + m.place - 1, m.seq, 'processing', m.processing_hook, now()
      FROM numbered m, c WHERE m.processing_hook IS NOT NULL
    )
    SELECT c.first + m.place - 1, m.id, m.seq, 'processing', 'processing', m.tenant, m.provider, m.capability, m.attempt,
      NULL::text, NULL::text, c.prev
    FROM numbered m, c;
END $$;

-- Locks the first waiting tasks of a queue that nobody else is just claiming: priority first, oldest first, only what is due.
-- Walks one priority after the other, so that tasks of a later day are stepped over as a whole. While a long transaction holds back
-- clean-up, it would walk all that was claimed in the meantime, too: with marks from oldest_waiting, a priority that has one is walked
-- from there, any other from since.
CREATE FUNCTION waiting_tasks(queue_name text, amount integer, levels smallint[], oldest timestamptz[], since timestamptz)
RETURNS uuid[] LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  level smallint := 32767;
  start timestamptz;
  found uuid[] := '{}';
BEGIN
  since := coalesce(since, '-infinity');
  LOOP
    level := greatest(
      (SELECT max(l) FROM unnest(levels) AS l WHERE l < level),
      (SELECT t.priority FROM task t
       WHERE t.queue = queue_name AND t.status = 'queued' AND t.priority < level AND t.due_at >= since ORDER BY t.priority DESC LIMIT 1));
    EXIT WHEN level IS NULL;
    start := least(since, oldest[array_position(levels, level)]);
    found := found || ARRAY(
      SELECT t.id FROM task t
      WHERE t.queue = queue_name AND t.status = 'queued' AND t.priority = level AND t.due_at >= start AND t.due_at <= now()
      ORDER BY t.due_at, t.id LIMIT amount - cardinality(found) FOR UPDATE SKIP LOCKED);
    EXIT WHEN cardinality(found) >= amount;
  END LOOP;
  RETURN found;
END $$;

-- The oldest waiting task of each priority of a queue; and, under no priority, from when on a task must be that came since: its
-- commit may be late, its clock another one's.
CREATE FUNCTION oldest_waiting(queue_name text) RETURNS TABLE (priority smallint, due_at timestamptz) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
  level smallint := 32767;
  due timestamptz;
BEGIN
  RETURN QUERY SELECT NULL::smallint, now() - interval '10 seconds';
  LOOP
    SELECT t.priority, t.due_at INTO level, due FROM task t
    WHERE t.queue = queue_name AND t.status = 'queued' AND t.priority < level ORDER BY t.priority DESC, t.due_at, t.id LIMIT 1;
    EXIT WHEN NOT FOUND;
    RETURN QUERY SELECT level, due;
  END LOOP;
END $$;

-- Claims the first waiting tasks of a queue: by pull.
CREATE FUNCTION claim_waiting(node_id uuid, queue_name text, amount integer, levels smallint[], oldest timestamptz[], since timestamptz)
RETURNS TABLE (id bigint, task_id uuid, seq integer, type text, status text, tenant text, provider text, capability text,
  attempt smallint, progress text, error text, prev bigint)
LANGUAGE sql AS $$
  SELECT * FROM claim_tasks(node_id, waiting_tasks(queue_name, amount, levels, oldest, since));
$$;

-- Applies changes of tasks: row, event, attempt, result and webhooks of each, all in the caller's one commit. A change whose
-- fence or status is no longer the task's is left out, and its place is absent from the answer; so is one without event whose
-- phase is not: a cancel that is written from a stale row must not undo what the owner has committed since.
CREATE FUNCTION change_tasks(changes json)
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
      ON CONFLICT (task_id) DO UPDATE SET outputs = excluded.outputs, result = excluded.result
    ), told AS MATERIALIZED (
      SELECT x.*, u.tenant, u.capability, row_number() OVER (ORDER BY x.place) AS rank FROM u JOIN x USING (place) WHERE x.has_event
    ), c AS MATERIALIZED (
      SELECT n.* FROM (SELECT count(*) AS amount FROM told) AS made, next_event_ids(made.amount) AS n WHERE made.amount > 0
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

-- Appends progress reports of tasks that their sender still owns; the hot row is only read.
CREATE FUNCTION record_progress(reports json)
RETURNS TABLE (place integer, event_id bigint, prev bigint)
LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    WITH ours AS MATERIALIZED (
      SELECT x.*, t.tenant, t.provider, t.capability, t.attempt
      FROM json_to_recordset(reports) AS x(place integer, id uuid, fence integer, seq integer, progress json)
      JOIN task t ON t.id = x.id AND t.fence = x.fence AND t.status = 'processing'
      -- Against a take-over at the same moment, which counts a task's events; no other write of the row is held up.
      FOR KEY SHARE OF t
    ), m AS MATERIALIZED (
      SELECT o.*, row_number() OVER (ORDER BY o.place) AS rank FROM ours o
    ), c AS MATERIALIZED (
      SELECT n.* FROM (SELECT count(*) AS amount FROM m) AS made, next_event_ids(made.amount) AS n WHERE made.amount > 0
    ), v AS (
      INSERT INTO task_event (id, task_id, seq, type, status, tenant, provider, capability, attempt, progress)
      SELECT c.first + m.rank - 1, m.id, m.seq, 'progress', 'processing', m.tenant, m.provider, m.capability, m.attempt, m.progress::text FROM m, c
    )
    SELECT m.place, c.first + m.rank - 1, c.prev FROM m, c;
END $$;

-- Gives a node the running tasks that nobody runs: released ones, and those of nodes whose heartbeat has stopped.
-- Each gets a new fence, so that its former owner can write nothing any more.
CREATE FUNCTION take_over_tasks(node_id uuid, queues text[], amount integer)
RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
  dead uuid;
  found uuid[];
BEGIN
  IF NOT EXISTS (SELECT 1 FROM node WHERE id = node_id AND expires_at > now()) THEN
    RETURN;
  END IF;
  found := ARRAY(SELECT t.id FROM task t WHERE t.status = 'processing' AND t.owner IS NULL AND t.queue = ANY (queues)
                 LIMIT amount FOR UPDATE SKIP LOCKED);
  FOR dead IN SELECT n.id FROM node n WHERE n.expires_at < now()
              AND EXISTS (SELECT 1 FROM node us WHERE us.id = node_id AND us.patient_until <= now()) LOOP
    found := found || ARRAY(SELECT t.id FROM task t WHERE t.status = 'processing' AND t.owner = dead AND t.queue = ANY (queues)
                            LIMIT amount - cardinality(found) FOR UPDATE SKIP LOCKED);
    -- Kept while it owns anything, or a claim of its last moment may still be on its way to its commit, so that no task's
    -- owner is ever unknown.
    DELETE FROM node n WHERE n.id = dead AND n.expires_at < now() - interval '10 minutes'
      AND NOT EXISTS (SELECT 1 FROM task t WHERE t.owner = dead AND t.status = 'processing');
  END LOOP;
  RETURN QUERY
    UPDATE task t SET owner = node_id, fence = t.fence + 1,
      seq = greatest(t.seq, (SELECT max(e.seq) FROM task_event e WHERE e.task_id = t.id))
    WHERE t.id = ANY (found) RETURNING t.id;
END $$;

-- Removes tasks that ended, and were made, more than keep_days ago, oldest first; answers how many. Their files go by the day.
CREATE FUNCTION remove_old_tasks(keep_days integer, amount integer) RETURNS integer LANGUAGE plpgsql AS $$
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
  DELETE FROM task_result WHERE task_id = ANY (old);
  DELETE FROM task_body WHERE task_id = ANY (old);
  DELETE FROM task WHERE id = ANY (old);
  RETURN cardinality(old);
END $$;
