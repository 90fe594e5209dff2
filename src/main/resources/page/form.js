// The form that submits a task.

import { request } from './api.js';
import { byId, list, make, setText } from './dom.js';
import { providers, whenProvidersChange } from './overview.js';
import { present, takeTask } from './tasks.js';

let capabilities = [];
let examples = {}; // an input for each capability that can be sent as it stands
let submission = null; // the last body and its key, kept while the outcome is unknown: a repeat makes no second task

/** Fills the form, once. */
export async function loadCapabilities() {
  if (capabilities.length > 0) {
    return;
  }
  examples = await request('/examples.json').catch(() => ({}));
  const found = list((await request('/v1/capabilities')).capabilities).filter(c => c.capability);
  capabilities = found.length ? found : Object.keys(examples).map(capability => ({ capability }));
  byId('capability').replaceChildren(...capabilities.map(c => make('option', { value: c.capability }, c.capability)));
  chooseCapability();
}

function chooseCapability() {
  const name = byId('capability').value;
  const { input: schema } = capabilities.find(c => c.capability === name) ?? {};
  const required = list(schema?.required);
  const example = examples[name] ?? Object.fromEntries(required.map(field => [field, '']));
  byId('input').value = JSON.stringify(example, null, 2);
  const optional = Object.keys(schema?.properties ?? {}).filter(field => !(field in example));
  setText(byId('input-hint'), optional.length ? `Also: ${optional.join(', ')}` : '');
  showErrors();
  offerProviders();
}

function offerProviders() {
  const select = byId('provider');
  const capability = byId('capability').value;
  const chosen = select.value;
  const able = providers.filter(p => (p.sandbox || p.configured) && list(p.capabilities).includes(capability));
  select.replaceChildren(make('option', { value: '' }, 'any that can'),
    ...able.map(p => make('option', { value: p.provider }, p.sandbox ? `${p.provider} (sandbox)` : p.provider)));
  select.value = able.some(p => p.provider === chosen) ? chosen : '';
}

export function showErrors(title, errors = []) {
  const items = errors.map(({ pointer, detail }) => make('li', {},
    pointer ? make('code', {}, pointer) : null, ` ${detail ?? ''}`));
  byId('errors').replaceChildren(title ? make('strong', {}, title) : '', items.length ? make('ul', {}, ...items) : '');
  const atInput = errors.some(({ pointer }) => String(pointer ?? '').startsWith('/input'));
  byId('input').setAttribute('aria-invalid', String(atInput));
  setText(byId('sent'), '');
}

const newKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), n => n.toString(36)).join('-');

async function submit(event) {
  event.preventDefault();
  let input;
  try {
    input = JSON.parse(byId('input').value);
  } catch (error) {
    showErrors('The input is not JSON', [{ pointer: '/input', detail: error.message }]);
    return;
  }
  const provider = byId('provider').value || undefined;
  const body = JSON.stringify({ capability: byId('capability').value, provider, input });
  if (submission?.body !== body) {
    submission = { body, key: newKey() };
  }
  byId('send').disabled = true;
  const since = present();
  try {
    const task = await request('/v1/tasks', { method: 'POST', body, headers: { 'Idempotency-Key': submission.key } });
    submission = null;
    takeTask(task, since);
    showErrors();
    setText(byId('sent'), `Accepted as …${String(task.id ?? '').slice(-8)}`);
  } catch (problem) {
    submission = problem.status >= 400 && problem.status < 500 ? null : submission;
    const title = [problem.title, problem.message].filter((text, i, all) => text && all.indexOf(text) === i).join(': ');
    showErrors(title, problem.errors);
  } finally {
    byId('send').disabled = false;
  }
}

export function connectForm() {
  byId('submit').addEventListener('submit', submit);
  byId('capability').addEventListener('change', chooseCapability);
  whenProvidersChange(offerProviders);
}
