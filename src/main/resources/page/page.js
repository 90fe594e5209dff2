// The dashboard: events change a small set of tasks (tasks.js), and one pass per animation frame draws it (table.js).

import { useKey } from './api.js';
import { byId, notice, setText } from './dom.js';
import { connectForm, loadCapabilities, showErrors } from './form.js';
import { restart, tryNow, whenLive } from './live.js';
import { loadOverview } from './overview.js';
import { hold, tick } from './table.js';
import { countEvents, fetchDetails, loadTasks } from './tasks.js';

const DETAIL_ROUND_MS = 500;
const OVERVIEW_MS = 5000;

function loadChoices() {
  loadCapabilities().catch(problem => showErrors(`The capabilities could not be loaded: ${problem.message}`));
  loadOverview().catch(() => {}); // tried again soon
}

function start() {
  loadChoices();
  loadTasks().catch(problem => notice(`The list could not be loaded: ${problem.message}`));
  restart();
}

function enterKey(event) {
  event.preventDefault();
  useKey(byId('key').value.trim());
  byId('key').value = '';
  byId('key-form').hidden = true;
  notice('');
  start();
}

byId('key-form').addEventListener('submit', enterKey);
byId('pause').addEventListener('click', ({ currentTarget: button }) => {
  const still = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', String(still));
  hold(still);
});
addEventListener('online', tryNow);

setInterval(fetchDetails, DETAIL_ROUND_MS);
setInterval(() => document.hidden || loadOverview().catch(() => {}), OVERVIEW_MS);
setInterval(() => {
  setText(byId('rate'), String(countEvents()));
  tick();
}, 1000);

connectForm();
whenLive(loadChoices);
start();
