// The providers and queues, and the mark of the sandbox.

import { request } from './api.js';
import { byId, list, make, setText } from './dom.js';

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
  const played = providers.filter(p => p.sandbox).map(p => p.provider);
  const real = providers.filter(p => !p.sandbox && p.configured).map(p => p.provider);
  byId('sandbox').hidden = played.length === 0;
  setText(byId('sandbox-names'), sandboxExtent(played, real));
  byId('providers').replaceChildren(...providers.map(providerCard));
  byId('queues').replaceChildren(...list(queueAnswer.queues).map(queueCard));
  whenLoaded();
}

/** Says when the sandbox is asked, by naming the shorter side; nothing if it plays all of them. */
function sandboxExtent(played, real) {
  if (real.length === 0) {
    return '';
  }
  return played.length <= real.length
    ? `where a task names ${played.join(' or ')}. All else is real and paid.`
    : `where a task names a provider other than ${real.join(', ')}: these are real and paid.`;
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
