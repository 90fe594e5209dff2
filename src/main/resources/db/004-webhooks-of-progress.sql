-- The same as before; besides, a webhook that wants progress is told of each report.
CREATE OR REPLACE FUNCTION record_progress(reports json)
RETURNS TABLE (place integer, event_id bigint, prev bigint)
LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    WITH ours AS MATERIALIZED (
      SELECT x.*, t.tenant, t.provider, t.capability, t.attempt
      FROM json_to_recordset(reports) AS x(place integer, id uuid, fence integer, seq integer, progress json, webhooks json)
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
    ), w AS (
      INSERT INTO webhook_delivery (id, task_id, event_id, seq, type, url, next_at)
      SELECT h.id, m.id, c.first + m.rank - 1, m.seq, 'progress', h.url, now()
      FROM m, c, json_to_recordset(m.webhooks) AS h(id uuid, url text) WHERE m.webhooks IS NOT NULL
    )
    SELECT m.place, c.first + m.rank - 1, c.prev FROM m, c;
END $$;
