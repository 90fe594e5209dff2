// The tasks shown: at most MAX_ROWS, changed by events and by answers of the server, drawn elsewhere.

import { request, taskPath } from './api.js';
import { list } from './dom.js';

export const MAX_ROWS = 200;
const LIST_LIMIT = 50;
const AFTER_FAILURE_MS = 5000;
const DETAIL_PER_ROUND = 8; // an event carries no outputs, so tasks are fetched, this many a round at most

export const isOver = status => ['completed', 'failed', 'cancelled'].includes(status);

export const rows = new Map(); // task id → row, in order of arrival
export const changed = new Set();
export const removed = [];
const wanted = new Set(); // ids of rows whose task must be fetched
let ticks = 0; // counts events, so that an answer older than an event does not undo it
let eventCount = 0;
let onChange = () => {};

const rank = status => (status === 'processing' ? 2 : status === 'queued' ? 1 : 0);

/** Makes room for a task: the oldest row of the lowest rank not above its own goes; false if there is none. */
function makeRoom(status) {
  if (rows.size < MAX_ROWS) {
    return true;
  }
  let victim = null;
  for (const row of rows.values()) {
    const r = rank(row.task.status);
    if (r <= rank(status) && (!victim || r < rank(victim.task.status)) && !row.tr?.contains(document.activeElement)) {
      victim = row;
      if (r === 0) {
        break;
      }
    }
  }
  if (victim) {
    dropRow(victim);
  }
  return victim !== null;
}

function dropRow(row) {
  rows.delete(row.task.id);
  changed.delete(row);
  wanted.delete(row.task.id);
  if (row.tr) {
    removed.push(row);
  }
}

function rowFor(id, status) {
  let row = rows.get(id);
  if (!row && makeRoom(status)) {
    row = { task: { id, status }, seq: 0, tick: 0, shown: {}, blobs: [] };
    rows.set(id, row);
  }
  return row;
}

/** Takes a task as the API gives it; `since` is the tick at which it was asked for. */
export function takeTask(task, since) {
  if (!task?.id) {
    return;
  }
  const row = rowFor(task.id, task.status);
  if (!row) {
    return;
  }
  const { input, provider_options, attempts, metadata, ...kept } = task; // may be large, and none of it is shown
  if (row.tick > since) {
    const { status, progress, attempt, error, started_at, completed_at } = row.task;
    if (status !== kept.status) {
      wanted.add(task.id);
    }
    Object.assign(kept, { status, progress, attempt, error, started_at, completed_at });
  }
  kept.progress = isOver(kept.status) ? null : kept.progress;
  keepSame(row.task, kept);
  row.task = kept;
  markChanged(row);
}

/** Keeps the old objects where nothing in them changed, so that a drawn result, with a player in it, is left alone. */
function keepSame(old, task) {
  for (const name of ['outputs', 'result', 'error']) {
    if (JSON.stringify(old[name]) === JSON.stringify(task[name])) {
      task[name] = old[name];
    }
  }
}

export function takeEvent(event) {
  ticks++;
  eventCount++;
  const known = rows.has(event.task_id);
  const row = rowFor(event.task_id, event.status);
  if (!row || (event.seq && event.seq <= row.seq)) {
    return;
  }
  row.seq = event.seq ?? row.seq;
  row.tick = ticks;
  const task = row.task;
  if (!known || task.status !== event.status) {
    wanted.add(task.id);
    noteTimes(task, event, known);
  }
  task.status = event.status ?? task.status;
  task.provider = event.provider ?? task.provider;
  task.sandbox = event.sandbox ?? task.sandbox;
  task.capability = event.capability ?? task.capability;
  task.attempt = event.attempt ?? task.attempt;
  task.progress = isOver(task.status) ? null : event.progress ?? (task.status === 'processing' ? task.progress : null);
  task.error = event.error ?? null;
  markChanged(row);
}

function noteTimes(task, event, known) {
  if (event.status === 'queued') {
    task.completed_at = null;
    task.started_at = null;
    task.created_at ??= known ? undefined : event.at;
  } else if (event.status === 'processing') {
    task.started_at = event.at;
  } else if (isOver(event.status)) {
    task.completed_at = event.at;
  }
}

export async function loadTasks() {
  const since = ticks;
  const answer = await request(`/v1/tasks?limit=${LIST_LIMIT}`);
  list(answer.tasks).reverse().forEach(task => takeTask(task, since));
  onChange();
}

/** Forgets what is shown, then loads the newest tasks: history was lost, so what is shown may be stale. */
export async function reloadTasks() {
  const before = ticks;
  await loadTasks();
  [...rows.values()].filter(row => row.tick <= before && !isOver(row.task.status)).forEach(row => {
    row.seq = 0;
    wanted.add(row.task.id);
  });
}

let fetchingDetails = false;
let detailsFrom = 0; // not before this time, after a failure
export async function fetchDetails() {
  if (fetchingDetails || wanted.size === 0 || Date.now() < detailsFrom) {
    return;
  }
  fetchingDetails = true;
  const ids = [...wanted].slice(-DETAIL_PER_ROUND);
  ids.forEach(id => wanted.delete(id));
  await Promise.all(ids.map(async id => {
    const since = ticks;
    try {
      const task = await request(taskPath(id));
      if (rows.has(id)) {
        takeTask(task, since);
      }
    } catch (problem) {
      detailFailed(id, problem.status);
    }
  }));
  fetchingDetails = false;
}

function detailFailed(id, status) {
  if (!rows.has(id)) {
    return;
  }
  if (status === 404) {
    dropRow(rows.get(id));
    onChange();
  } else {
    wanted.add(id);
    detailsFrom = Date.now() + AFTER_FAILURE_MS;
  }
}

export function markChanged(row) {
  changed.add(row);
  onChange();
}

/** Has `action` called after each change; it must be cheap. */
export function whenChanged(action) {
  onChange = action;
}

/** The present point in the stream of events, to be handed to takeTask with the answer of a request sent now. */
export const present = () => ticks;

export const wantTask = id => wanted.add(id);

export function countEvents() {
  const count = eventCount;
  eventCount = 0;
  return count;
}
