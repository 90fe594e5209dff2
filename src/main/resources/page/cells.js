// What a cell of the table holds: errors, results, outputs and buttons.

import { Problem, authorization, hasKey, request, taskPath } from './api.js';
import { list, make, notice, shorten } from './dom.js';
import { present, takeTask, wantTask } from './tasks.js';

const TEXT_SHOWN = 100;
const TEXT_KEPT = 20000;
const ACTIONS = { queued: 'cancel', processing: 'cancel', failed: 'retry', cancelled: 'retry' };

export function copyButton(id) {
  const props = { type: 'button', className: 'id', title: `Copy ${id}`, ariaLabel: `Copy task id ${id}` };
  const button = make('button', props, `…${id.slice(-8)}`);
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(id);
      notice('Task id copied.');
    } catch {
      notice(`Copying is not allowed here. The id is ${id}`);
    }
  });
  return button;
}

export const errorText = error => error && make('div', { className: 'error' }, make('code', {}, error.code ?? 'error'),
  ` ${shorten(String(error.message ?? ''), 2 * TEXT_SHOWN)}`);

export function resultText(result) {
  if (result === null || result === undefined) {
    return null;
  }
  const text = typeof result.text === 'string' ? result.text : JSON.stringify(result);
  return text.length <= TEXT_SHOWN ? make('div', {}, text) : make('details', {},
    make('summary', {}, shorten(text, TEXT_SHOWN)), make('pre', { tabIndex: 0 }, shorten(text, TEXT_KEPT)));
}

export function outputList(row) {
  const outputs = list(row.task.outputs).filter(output => address(output.url));
  const show = output => (hasKey() && address(output.url).origin === location.origin
    ? fetchButton(row, output)
    : media(output, output.url));
  return outputs.length > 0 && make('div', { className: 'outputs' }, ...outputs.map(show));
}

/** The address as a URL, or null where it is none that a browser should follow from here. */
function address(text) {
  try {
    const url = new URL(text, location.href);
    return ['http:', 'https:'].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

function outputName({ index, content_type: type, bytes }) {
  const size = bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : bytes >= 0 ? `${Math.ceil(bytes / 1000)} kB` : '';
  return `${type ?? `output ${index ?? ''}`} ${size}`.trim();
}

/** Shows an output: picture, player or plain link, each with a link that opens it in a new tab. */
function media(output, url) {
  const kind = String(output.content_type ?? '').split('/')[0];
  const name = outputName(output);
  const label = `Output ${output.index ?? 0}, ${name}`;
  const title = `Open ${name} in a new tab`;
  const link = make('a', { href: url, target: '_blank', rel: 'noopener noreferrer', title });
  if (url.startsWith('blob:') && (!['image', 'audio', 'video'].includes(kind) || output.content_type.includes('svg'))) {
    link.download = `output-${output.index ?? 0}`; // a blob opened in a tab would run with the rights of this page
  }
  if (kind === 'image') {
    link.append(make('img', { src: url, alt: label, loading: 'lazy', decoding: 'async' }));
    return link;
  }
  link.append(name);
  return kind !== 'audio' && kind !== 'video' ? link : make('span', {},
    make(kind, { src: url, controls: true, preload: 'none', ariaLabel: label }), ' ', link);
}

/** With an API key a plain link would be refused, so the bytes are fetched on demand. */
function fetchButton(row, output) {
  const button = make('button', { type: 'button' }, `Show ${outputName(output)}`);
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      const response = await fetch(output.url, { headers: authorization() });
      if (!response.ok) {
        throw new Problem(response.status);
      }
      const url = URL.createObjectURL(await response.blob());
      row.blobs.push(url);
      button.replaceWith(media(output, url));
    } catch (problem) {
      button.disabled = false;
      notice(`The output could not be loaded: ${problem.message}`);
    }
  });
  return button;
}

export function actionButton(id, status) {
  const action = ACTIONS[status];
  if (!action) {
    return null;
  }
  const word = action === 'cancel' ? 'Cancel' : 'Retry';
  const button = make('button', { type: 'button', ariaLabel: `${word} task ${id.slice(-8)}` }, word);
  button.addEventListener('click', async () => {
    button.disabled = true;
    const since = present();
    try {
      takeTask(await request(`${taskPath(id)}/${action}`, { method: 'POST' }), since);
      notice('');
    } catch (problem) {
      notice(`${word} of …${id.slice(-8)}: ${problem.message}`);
      wantTask(id);
    } finally {
      button.disabled = false;
    }
  });
  return button;
}
