// Calls to the server, with the API key where one was entered.

import { byId, list } from './dom.js';

const TIMEOUT_MS = 20000;

let apiKey = sessionStorage.getItem('api-key') ?? '';

export const authorization = () => (apiKey ? { Authorization: `Bearer ${apiKey}` } : {});

export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || `The server answered ${status}`);
    this.status = status;
    this.title = body?.title;
    this.errors = list(body?.errors);
  }
}

export async function request(path, { method = 'GET', body, headers } = {}) {
  const response = await fetch(path, {
    method,
    headers: { ...authorization(), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => { throw new Problem(0, { detail: 'The server cannot be reached' }); });
  const answer = await response.json().catch(() => null);
  if (response.status === 401 || response.status === 403) {
    byId('key-form').hidden = false;
  }
  if (!response.ok) {
    throw new Problem(response.status, answer);
  }
  return answer ?? {};
}

export const hasKey = () => apiKey !== '';

export function useKey(key) {
  apiKey = key;
  sessionStorage.setItem('api-key', key);
}

export const taskPath = id => `/v1/tasks/${encodeURIComponent(id)}`;
