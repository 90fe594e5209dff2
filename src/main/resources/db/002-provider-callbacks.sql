-- Jobs that providers have reported by callback while the reply to the submit had not come. Whoever owns the task goes on with
-- them. The attempt is the one whose submit carried the callback's URL, so a late report is never taken for another attempt's.
CREATE TABLE provider_callback (
  task_id     uuid        NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  attempt     smallint    NOT NULL,
  external_id text        NOT NULL,             -- the provider's id of the job
  data        text        NOT NULL,             -- JSON: what is needed to go on with the job
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (task_id, attempt)
);
