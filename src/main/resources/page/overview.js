// The providers and queues, and the mark of the sandbox.

import { request } from './api.js';
import { byId, list, make, setText } from './dom.js';
import { markChanged, rows } from './tasks.js';

export const sandboxes = new Set();
export let providers = [];
let overviewShown = '';
let whenLoaded = () => {};

export async function loadOverview() {
  const [providerAnswer, queueAnswer] = await Promise.all([request('/v1/providers'), request('/v1/queues')]);
  const shown = JSON.stringify([providerAnswer, queueAnswer]);
  if (shown === overviewShown) {
    return;
  }
  overviewShown = shown;
  providers = list(providerAnswer.providers).filter(p => p.registered !== false);
  sandboxes.clear();
  providers.filter(p => p.sandbox).forEach(p => sandboxes.add(p.provider));
  const real = providers.filter(p => !p.sandbox && p.configured);
  byId('sandbox').hidden = sandboxes.size === 0;
  setText(byId('sandbox-names'), sandboxExtent(real.map(p => p.provider)));
  byId('providers').replaceChildren(...providers.map(providerCard));
  byId('queues').replaceChildren(...list(queueAnswer.queues).map(queueCard));
  whenLoaded();
  rows.forEach(markChanged);
}

/** Says which providers the sandbox stands in for, by naming the shorter side; nothing if it is all of them. */
function sandboxExtent(real) {
  if (real.length === 0) {
    return '';
  }
  return sandboxes.size <= real.length
    ? `at ${[...sandboxes].join(', ')}. All others are real and paid.`
    : `except at ${real.join(', ')}: real and paid.`;
}

const counts = ({ running = 0, waiting = 0, slots }) => make('span', { className: 'counts' },
  `${running}${slots ? ` of ${slots}` : ''} running, ${waiting} waiting`);

function providerCard(p) {
  const usable = p.sandbox || p.configured;
  const kind = p.sandbox ? ['wait', 'sandbox'] : p.configured ? ['busy', 'real'] : ['off', 'no key'];
  const health = p.health === 'unknown' ? null : p.health; // nobody has asked it yet
  const state = health === 'up' ? 'good' : health === 'down' ? 'bad' : 'off';
  return make('li', { className: usable ? '' : 'unused', title: list(p.capabilities).join(', ') },
    make('b', {}, p.provider ?? '?'),
    make('span', { className: 'tag', data: { state: kind[0] } }, kind[1]),
    usable && health ? make('span', { className: 'tag', data: { state } }, health) : null,
    usable ? counts(p) : null);
}

const queueCard = q => make('li', { title: list(q.providers).join(', ') }, make('b', {}, q.queue ?? '?'), counts(q));

/** Has `action` called after each change of the providers. */
export function whenProvidersChange(action) {
  whenLoaded = action;
}
