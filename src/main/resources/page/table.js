// The table: one pass per animation frame draws what changed since the last, each row in place.

import { actionButton, copyButton, errorText, outputList, resultText } from './cells.js';
import { byId, make, setText, shorten } from './dom.js';
import { MAX_ROWS, changed, isOver, removed, rows, whenChanged } from './tasks.js';

const MESSAGE_SHOWN = 160;
const REST_MS = 100; // between two passes: laying out 200 rows more often would leave no time for scrolling and typing
const LOOKS = {
  queued: ['wait', '◷'],
  processing: ['busy', '▶'],
  completed: ['good', '✓'],
  failed: ['bad', '✕'],
  cancelled: ['off', '⊘'],
};
const COLUMNS = [
  ['id', 'Task'], ['capability', 'Capability'], ['provider', 'Provider'], ['status', 'Status'],
  ['progress', 'Progress'], ['attempt', 'Attempt'], ['time', 'Time'], ['result', 'Result'], ['actions', 'Actions'],
];

let framed = false;
let held = false;
let drawnAt = 0;
let now = Date.now();

function frame() {
  if (!framed && !held) {
    framed = true;
    requestAnimationFrame(drawAll);
  }
}

function drawAll(time) {
  if (time - drawnAt < REST_MS) {
    requestAnimationFrame(drawAll);
    return;
  }
  framed = false;
  drawnAt = time;
  for (const row of removed.splice(0)) {
    row.tr?.remove();
    row.blobs.forEach(url => URL.revokeObjectURL(url));
  }
  for (const row of changed) {
    if (!row.tr) {
      addRow(row);
    }
    drawRow(row);
  }
  changed.clear();
  setText(byId('count'), rows.size ? `${rows.size} shown, at most ${MAX_ROWS}` : '');
  byId('empty').hidden = rows.size > 0;
}

function addRow(row) {
  row.cells = {};
  row.tr = make('tr', { role: 'row', data: { id: row.task.id } });
  for (const [name, label] of COLUMNS) {
    row.cells[name] = make('div', { className: 'cell' });
    row.tr.append(make('td', { role: 'cell', className: name, data: { label } }, row.cells[name]));
  }
  let next = byId('tasks').firstElementChild; // ids sort by time of creation, newest on top
  while (next && next.dataset.id > row.task.id) {
    next = next.nextElementSibling;
  }
  byId('tasks').insertBefore(row.tr, next);
}

/** Fills a cell only if what it shows differs from what it showed, so that focus, selection and players survive. */
function fill(row, name, shown, children) {
  const old = row.shown[name];
  if (!old || shown.some((value, i) => value !== old[i])) {
    row.shown[name] = shown;
    const nodes = children().filter(node => node);
    row.cells[name].replaceChildren(...nodes);
    row.cells[name].parentElement.classList.toggle('blank', nodes.length === 0);
  }
}

function drawRow(row) {
  const { id, capability, provider, model, sandbox, status, attempt, max_attempts, outputs, result, error } = row.task;
  fill(row, 'id', [id], () => [copyButton(id)]);
  fill(row, 'capability', [capability], () => [capability && make('span', {}, ...breakable(capability))]);
  fill(row, 'provider', [provider, model, sandbox], () => [
    make('span', {}, provider ?? '–'),
    sandbox && make('span', { className: 'tag', data: { state: 'wait' } }, 'sandbox'),
    model && make('span', { className: 'model' }, model),
  ]);
  const [state, mark] = LOOKS[status] ?? ['off', '•'];
  fill(row, 'status', [status], () => [
    make('span', { className: 'pill', data: { state, mark } }, status ?? 'unknown'),
  ]);
  drawProgress(row);
  fill(row, 'attempt', [attempt, max_attempts], () => [
    attempt !== undefined && make('span', {}, max_attempts ? `${attempt} of ${max_attempts}` : String(attempt)),
  ]);
  drawTime(row);
  fill(row, 'result', [outputs, result, error], () => [errorText(error), outputList(row), resultText(result)]);
  fill(row, 'actions', [status], () => [actionButton(id, status)]);
}

function drawProgress(row) {
  const { percent, queue_position: position, message } = row.task.progress ?? {};
  const hasPercent = typeof percent === 'number';
  const kinds = [hasPercent, position !== undefined && position !== null, Boolean(message)];
  fill(row, 'progress', kinds, () => {
    const bar = hasPercent && make('progress', { max: 100, ariaLabel: 'Done' });
    const line = () => make('span', { className: 'message' });
    row.progress = { bar, percent: make('span'), place: line(), message: line() };
    return [bar, hasPercent && row.progress.percent, kinds[1] && row.progress.place, kinds[2] && row.progress.message];
  });
  if (hasPercent) {
    row.progress.bar.value = percent;
    setText(row.progress.percent, `${Math.round(percent)} %`);
  }
  setText(row.progress.place, `place ${position} in queue`);
  setText(row.progress.message, shorten(String(message ?? ''), MESSAGE_SHOWN));
}

/** Lets a long name break after an underscore. */
const breakable = name => name.split(/(?<=_)/).flatMap(part => [part, make('wbr')]);

function duration(from, to) {
  const seconds = Math.max(0, (to - from) / 1000);
  if (!Number.isFinite(seconds)) {
    return '';
  }
  if (seconds < 60) {
    return `${seconds.toFixed(seconds < 10 && to !== now ? 1 : 0)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function drawTime(row) {
  const { status, created_at, run_at, started_at, completed_at } = row.task;
  const created = Date.parse(created_at);
  const started = Date.parse(started_at ?? created_at);
  let text = status === 'processing' ? `running ${duration(started, now)}` : `waiting ${duration(created, now)}`;
  if (status === 'queued' && Date.parse(run_at) > now) {
    text = `due in ${duration(now, Date.parse(run_at))}`;
  }
  if (isOver(status)) {
    text = `took ${duration(started, Date.parse(completed_at))}\n${duration(created, now)} ago`;
  }
  fill(row, 'time', [created_at], () => {
    row.time = make('time', { dateTime: created_at ?? '', title: created_at ? `created ${created_at}` : '' });
    return [row.time];
  });
  setText(row.time, text);
}

/** Moves the clock of every row; called once a second. */
export function tick() {
  now = Date.now();
  if (!held) {
    rows.forEach(row => row.tr && drawTime(row));
  }
}

/** Holds the table as it is, or lets it go on. */
export function hold(still) {
  held = still;
  frame();
}

whenChanged(frame);
