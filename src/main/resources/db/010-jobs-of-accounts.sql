-- Which attempt has a job, of providers that report at one address of the account: an event names the job only. Apart from the hot row, since
-- an index on its external_id would cost the tasks of every provider.
CREATE TABLE account_job (
  provider    text     NOT NULL,
  external_id text     NOT NULL,                -- the provider's id of the job
  task_id     uuid     NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  attempt     smallint NOT NULL,
  PRIMARY KEY (provider, external_id)
);
CREATE INDEX account_job_by_task ON account_job (task_id);
