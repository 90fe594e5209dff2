-- Tasks of several providers may wait in one queue, and a provider that is full or takes nothing now must not stand in the way of the
-- others: a claim names how many tasks of each provider it wants, and walks past no task of any other. Nodes of the version before go on
-- with their own functions for as long as they run, slower where much waits, since what waits is now ordered by provider first.
SET LOCAL statement_timeout = 0;

CREATE INDEX task_waiting_at_provider ON task (queue, provider, priority DESC, due_at, id) WHERE status = 'queued';
DROP INDEX task_waiting;
-- Those whose cancel came while their owner put them back: nobody may claim them for long, so they are ended from outside.
CREATE INDEX task_cancelled_waiting ON task (id) WHERE status = 'queued' AND cancel_requested;

-- Of the script before; no node that has them is of another version.
DROP FUNCTION claim_waiting(uuid, text, integer, smallint[], timestamptz[], timestamptz, text[], text[]);
DROP FUNCTION waiting_tasks(text, integer, smallint[], timestamptz[], timestamptz, text[], text[]);

-- Locks the first waiting tasks of a queue that nobody else is just claiming, as many of each provider as it has room for: priority
-- first, oldest first, only what is due. Walks one priority after the other, so that tasks of a later day are stepped over as a whole.
-- While a long transaction holds back clean-up, it would walk all that was claimed in the meantime, too: with marks from oldest_waiting,
-- a provider's priority that has one is walked from there, any other from since.
CREATE FUNCTION waiting_tasks(queue_name text, providers text[], rooms integer[], amount integer,
  marked text[], levels smallint[], oldest timestamptz[], since timestamptz, capabilities text[])
RETURNS uuid[] LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  level smallint := 32767;
  one record;
  found uuid[] := '{}';
BEGIN
  since := coalesce(since, '-infinity');
  LOOP
    level := greatest(
      (SELECT max(m.priority) FROM unnest(marked, levels) AS m(provider, priority) WHERE m.priority < level AND m.provider = ANY (providers)),
      (SELECT max(w.priority) FROM unnest(providers, rooms) AS p(provider, room), LATERAL (
         SELECT t.priority FROM task t WHERE t.queue = queue_name AND t.provider = p.provider AND t.status = 'queued' AND t.priority < level
           AND t.due_at >= since ORDER BY t.priority DESC LIMIT 1) AS w
       WHERE p.room > 0));
    EXIT WHEN level IS NULL;
    FOR one IN
      SELECT p.place, w.id FROM unnest(providers, rooms) WITH ORDINALITY AS p(provider, room, place), LATERAL (
        SELECT t.id, t.due_at FROM task t
        WHERE t.queue = queue_name AND t.provider = p.provider AND t.status = 'queued' AND t.priority = level AND t.due_at <= now()
          AND t.capability = ANY (capabilities)
          AND t.due_at >= least(since, (SELECT m.due FROM unnest(marked, levels, oldest) AS m(provider, priority, due)
                                        WHERE m.provider = p.provider AND m.priority = level))
        ORDER BY t.due_at, t.id LIMIT least(p.room, amount - cardinality(found)) FOR UPDATE SKIP LOCKED) AS w
      WHERE p.room > 0 ORDER BY w.due_at, w.id LIMIT amount - cardinality(found)
    LOOP
      found := found || one.id;
      rooms[one.place] := rooms[one.place] - 1;
    END LOOP;
    EXIT WHEN cardinality(found) >= amount;
  END LOOP;
  RETURN found;
END $$;

-- The oldest waiting task of each priority of each provider in a queue; and, under no provider, from when on a task must be that came
-- since: its commit may be late, its clock another one's.
CREATE FUNCTION oldest_waiting(queue_name text, providers text[]) RETURNS TABLE (provider text, priority smallint, due_at timestamptz)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
  name text;
  level smallint;
  due timestamptz;
BEGIN
  RETURN QUERY SELECT NULL::text, NULL::smallint, now() - interval '10 seconds';
  FOREACH name IN ARRAY providers LOOP
    level := 32767;
    LOOP
      SELECT t.priority, t.due_at INTO level, due FROM task t
      WHERE t.queue = queue_name AND t.provider = name AND t.status = 'queued' AND t.priority < level
      ORDER BY t.priority DESC, t.due_at, t.id LIMIT 1;
      EXIT WHEN NOT FOUND;
      RETURN QUERY SELECT name, level, due;
    END LOOP;
  END LOOP;
END $$;

-- Claims the first waiting tasks of a queue, as many of each provider as it has room for: by pull.
CREATE FUNCTION claim_waiting(node_id uuid, queue_name text, providers text[], rooms integer[], amount integer,
  marked text[], levels smallint[], oldest timestamptz[], since timestamptz, capabilities text[])
RETURNS TABLE (id bigint, task_id uuid, seq integer, type text, status text, tenant text, provider text, capability text,
  attempt smallint, progress text, error text, prev bigint)
LANGUAGE sql AS $$
  SELECT * FROM claim_tasks(node_id, waiting_tasks(queue_name, providers, rooms, amount, marked, levels, oldest, since, capabilities));
$$;
