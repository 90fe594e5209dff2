-- The same as before, but a partition that cannot be made or dropped now is left for the next round instead of having every
-- write wait behind it: a backup holds the table for as long as it reads, and there is the default partition meanwhile.
CREATE OR REPLACE FUNCTION roll_event_partitions(keep_days integer) RETURNS void LANGUAGE plpgsql SET lock_timeout = '300ms' AS $$
DECLARE
  day date;
  part record;
BEGIN
  PERFORM pg_advisory_xact_lock(720, 2);
  FOR i IN 0..3 LOOP
    day := (now() AT TIME ZONE 'UTC')::date + i;
    CONTINUE WHEN to_regclass('task_event_' || to_char(day, 'YYYYMMDD')) IS NOT NULL;
    BEGIN
      EXECUTE format('CREATE TABLE %I PARTITION OF task_event FOR VALUES FROM (%s) TO (%s)', 'task_event_' || to_char(day, 'YYYYMMDD'),
        (extract(epoch FROM day::timestamp) * 1000000)::bigint, (extract(epoch FROM (day + 1)::timestamp) * 1000000)::bigint);
    EXCEPTION WHEN lock_not_available OR check_violation THEN
      -- Held by somebody, or the day's first events are in the default partition already and stay there.
      RAISE NOTICE 'no partition for %: %', day, SQLERRM;
    END;
  END LOOP;
  FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = 'task_event'::regclass AND c.relname ~ '^task_event_\d{8}$'
                AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - keep_days LOOP
    BEGIN
      INSERT INTO setting (name, value)
      VALUES ('history_from', (extract(epoch FROM (to_date(right(part.relname, 8), 'YYYYMMDD') + 1)::timestamp) * 1000000)::bigint::text)
      ON CONFLICT (name) DO UPDATE SET value = greatest(setting.value::bigint, excluded.value::bigint)::text;
      EXECUTE format('DROP TABLE %I', part.relname);
    EXCEPTION WHEN lock_not_available THEN
      RAISE NOTICE '% is kept: %', part.relname, SQLERRM;
    END;
  END LOOP;
END $$;
