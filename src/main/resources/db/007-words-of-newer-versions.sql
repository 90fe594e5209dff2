-- The same as before for tasks whose words the asking node knows. What a newer version has accepted, or left in a phase of its own,
-- is its nodes' to run; others step over it.

CREATE FUNCTION waiting_tasks(queue_name text, amount integer, levels smallint[], oldest timestamptz[], since timestamptz,
  providers text[], capabilities text[])
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
        AND t.provider = ANY (providers) AND t.capability = ANY (capabilities)
      ORDER BY t.due_at, t.id LIMIT amount - cardinality(found) FOR UPDATE SKIP LOCKED);
    EXIT WHEN cardinality(found) >= amount;
  END LOOP;
  RETURN found;
END $$;

CREATE FUNCTION claim_waiting(node_id uuid, queue_name text, amount integer, levels smallint[], oldest timestamptz[], since timestamptz,
  providers text[], capabilities text[])
RETURNS TABLE (id bigint, task_id uuid, seq integer, type text, status text, tenant text, provider text, capability text,
  attempt smallint, progress text, error text, prev bigint)
LANGUAGE sql AS $$
  SELECT * FROM claim_tasks(node_id, waiting_tasks(queue_name, amount, levels, oldest, since, providers, capabilities));
$$;

CREATE FUNCTION claim_tasks(node_id uuid, ids uuid[], providers text[], capabilities text[])
RETURNS TABLE (id bigint, task_id uuid, seq integer, type text, status text, tenant text, provider text, capability text,
  attempt smallint, progress text, error text, prev bigint)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT * FROM claim_tasks(node_id, ARRAY(
    SELECT t.id FROM task t
    WHERE t.id = ANY (ids) AND t.status = 'queued' AND t.provider = ANY (providers) AND t.capability = ANY (capabilities)
    ORDER BY t.id FOR UPDATE SKIP LOCKED));
END $$;

CREATE FUNCTION take_over_tasks(node_id uuid, queues text[], amount integer, providers text[], capabilities text[], phases text[])
RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
  dead uuid;
  found uuid[];
BEGIN
  IF NOT EXISTS (SELECT 1 FROM node WHERE id = node_id AND expires_at > now()) THEN
    RETURN;
  END IF;
  found := ARRAY(SELECT t.id FROM task t WHERE t.status = 'processing' AND t.owner IS NULL AND t.queue = ANY (queues)
                   AND t.provider = ANY (providers) AND t.capability = ANY (capabilities) AND t.phase = ANY (phases)
                 LIMIT amount FOR UPDATE SKIP LOCKED);
  FOR dead IN SELECT n.id FROM node n WHERE n.expires_at < now()
              AND EXISTS (SELECT 1 FROM node us WHERE us.id = node_id AND us.patient_until <= now()) LOOP
    found := found || ARRAY(SELECT t.id FROM task t WHERE t.status = 'processing' AND t.owner = dead AND t.queue = ANY (queues)
                              AND t.provider = ANY (providers) AND t.capability = ANY (capabilities) AND t.phase = ANY (phases)
                            LIMIT amount - cardinality(found) FOR UPDATE SKIP LOCKED);
    DELETE FROM node n WHERE n.id = dead AND n.expires_at < now() - interval '10 minutes'
      AND NOT EXISTS (SELECT 1 FROM task t WHERE t.owner = dead AND t.status = 'processing');
  END LOOP;
  RETURN QUERY
    UPDATE task t SET owner = node_id, fence = t.fence + 1,
      seq = greatest(t.seq, (SELECT max(e.seq) FROM task_event e WHERE e.task_id = t.id))
    WHERE t.id = ANY (found) RETURNING t.id;
END $$;

-- A stored text as jsonb, or null where it holds what jsonb cannot, such as a number of more digits than it has room for: one such
-- row must not cost a search that meets it all others.
CREATE FUNCTION as_jsonb(stored text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN stored::jsonb;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
  RETURN NULL;
END $$;
