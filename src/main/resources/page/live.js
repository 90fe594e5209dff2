// The stream of events: opened again when it breaks, from the last event seen.

import { authorization, hasKey } from './api.js';
import { byId, notice, setText } from './dom.js';
import { reloadTasks, takeEvent } from './tasks.js';

const BACKOFF_MS = { first: 500, most: 15000 };
const STABLE_MS = 5000; // a connection dropped sooner counts as one more failure: the server may be shedding us

let lastEvent = null; // its id
let failures = 0;
let closeLive = () => {};
let reopenAt = 0;
let liveFrom = 0;
let everLive = false;
let onLive = () => {};

function connection(state, mark, text) {
  Object.assign(byId('connection').dataset, { state, mark });
  setText(byId('connection'), text);
}

function receive(message) {
  if (message.task_id && String(message.type).startsWith('task.')) {
    lastEvent = message.id ?? lastEvent;
    takeEvent(message);
  } else if ('recovered' in message || 'subscribed' in message) {
    live(message.recovered !== false);
  } else if (message.error || message.detail) {
    notice(`The server says: ${message.detail ?? message.error.message ?? message.error}`);
  }
}

function live(recovered) {
  liveFrom = Date.now();
  connection('good', '●', 'Live');
  if (!everLive || !recovered) {
    everLive = true;
    reloadTasks().then(() => notice(''), problem => notice(`The list could not be loaded: ${problem.message}`));
  }
  onLive();
}

function openSocket() {
  const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/v1/live`);
  socket.onopen = () => socket.send(JSON.stringify({ subscribe: {}, ...(lastEvent ? { since: lastEvent } : {}) }));
  socket.onmessage = ({ data }) => {
    try {
      receive(JSON.parse(data));
    } catch (error) {
      console.error('A message could not be shown', error);
    }
  };
  socket.onclose = () => reopen();
  return () => {
    socket.onclose = null;
    socket.close();
  };
}

/** Reads the event stream: a browser cannot send a key with a WebSocket, and a key does not belong in an address. */
function openStream() {
  const abort = new AbortController();
  readStream(abort.signal).catch(() => {}).finally(() => abort.signal.aborted || reopen());
  return () => abort.abort();
}

async function readStream(signal) {
  const from = lastEvent ? { 'Last-Event-ID': lastEvent } : {};
  const headers = { ...authorization(), ...from, Accept: 'text/event-stream' };
  const response = await fetch('/v1/events', { headers, signal });
  if (!response.ok) {
    byId('key-form').hidden = ![401, 403].includes(response.status);
    return;
  }
  live(false);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (rest + part.value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split(/\r?\n/).filter(line => line.startsWith('data:')).map(line => line.slice(5)).join('\n');
      if (data) {
        receive(JSON.parse(data));
      }
    }
  }
}

export function open() {
  reopenAt = 0;
  closeLive();
  if (failures === 0) {
    connection('wait', '◌', 'Connecting…');
  }
  closeLive = hasKey() ? openStream() : openSocket();
}

function reopen() {
  if (liveFrom && Date.now() - liveFrom > STABLE_MS) {
    failures = 0;
  }
  liveFrom = 0;
  const wait = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** failures++) * (0.5 + Math.random() / 2);
  reopenAt = Date.now() + wait;
  connection('bad', '○', 'Not connected, trying again');
  setTimeout(() => reopenAt && Date.now() >= reopenAt - 5 && open(), wait);
}

/** Has `action` called each time the connection is made. */
export function whenLive(action) {
  onLive = action;
}

/** Starts anew, with another key. */
export function restart() {
  everLive = false;
  failures = 0;
  lastEvent = null;
  open();
}

/** Tries at once where a next try is waiting, for example when the network is back. */
export const tryNow = () => reopenAt && open();
