-- For the question which task has, or ever had, a provider's job. Asked for equality alone, and a hash of an id is a third of it.
CREATE INDEX attempt_external_id ON attempt USING hash (external_id);
CREATE INDEX provider_callback_external_id ON provider_callback USING hash (external_id);

-- Who has or had these jobs of providers: ended attempts, which bind their own task, too; tasks that run; and tasks whose job
-- the provider has reported. Where no provider is told, any may be meant.
CREATE FUNCTION job_holders(jobs text[]) RETURNS TABLE (external_id text, provider text, task_id uuid) LANGUAGE sql STABLE AS $$
  SELECT a.external_id, a.provider, NULL::uuid FROM attempt a WHERE a.external_id = ANY (jobs)
  UNION ALL
  SELECT t.external_id, t.provider, t.id FROM task t WHERE t.status = 'processing' AND t.external_id = ANY (jobs)
  UNION ALL
  SELECT c.external_id, NULL, c.task_id FROM provider_callback c WHERE c.external_id = ANY (jobs)
$$;

-- Applies changes by which tasks go on with jobs that were found for them, as change_tasks does; but a job that another task has
-- or had is left out like a change that no longer applies, and of two changes with one job the second is.
-- A function of its own and one lock for all of them, since this is rare: submits whose reply came pay nothing for it. The lock is
-- held until the commit is visible, and what follows it reads anew, so nodes that find one job at the same moment come one by one.
CREATE FUNCTION adopt_jobs(changes json)
RETURNS TABLE (place integer, event_id bigint, prev bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  free json;
BEGIN
  PERFORM pg_advisory_xact_lock(720, 3);
  WITH x AS MATERIALIZED (
    SELECT c.change, c.n, c.change ->> 'provider' AS provider, c.change ->> 'external_id' AS job, (c.change ->> 'id')::uuid AS id,
      row_number() OVER (PARTITION BY c.change ->> 'provider', c.change ->> 'external_id' ORDER BY c.n) AS rank
    FROM json_array_elements(changes) WITH ORDINALITY AS c(change, n)
  ), held AS MATERIALIZED (
    SELECT * FROM job_holders(ARRAY(SELECT x.job FROM x))
  )
  SELECT coalesce(json_agg(x.change ORDER BY x.n), '[]') INTO free FROM x
  WHERE x.rank = 1 AND NOT EXISTS (SELECT 1 FROM held h WHERE h.external_id = x.job
    AND coalesce(h.provider, x.provider) = x.provider AND h.task_id IS DISTINCT FROM x.id);
  RETURN QUERY SELECT * FROM change_tasks(free);
END $$;
