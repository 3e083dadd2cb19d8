/** The list of requests and the one that is shown; both live. */
import { element, show, timeText } from './rows.js';

const MOST = 200;
const byId = (id) => document.getElementById(id);
const places = {
  title: byId('title'),
  facts: byId('facts'),
  rows: byId('rows'),
  scale: byId('scale'),
  path: byId('path'),
};
const list = byId('requests');
const follow = byId('follow');

/** The newest first, each with its button. */
let requests = [];
let chosen;

function stateOf({ status }) {
  if (status === undefined) return 'stopped';
  return status >= 400 ? 'bad' : 'good';
}

function buttonOf(waterfall) {
  const button = element('button', { type: 'button' });
  const at = new Date(waterfall.at).toLocaleTimeString(undefined, { hour12: false });
  button.append(
    element('span', { className: `is-${stateOf(waterfall)}`, text: String(waterfall.status ?? '—') }),
    element('span', { className: 'route', text: `${waterfall.method} ${waterfall.route}` }),
    element('span', { className: 'ms', text: timeText(waterfall.totalMs) }),
    element('span', { className: 'at', text: [at, ...waterfall.screens].join(' · ') }),
  );
  button.addEventListener('click', () => {
    follow.checked = requests[0]?.button === button;
    choose({ waterfall, button });
  });
  return button;
}

function choose(entry) {
  chosen?.button.removeAttribute('aria-current');
  chosen = entry;
  byId('shown').hidden = entry === undefined;
  if (!entry) return;
  entry.button.setAttribute('aria-current', 'true');
  show(entry.waterfall, places);
}

function add(waterfall) {
  const entry = { waterfall, button: buttonOf(waterfall) };
  const item = element('li');
  item.append(entry.button);
  list.prepend(item);
  requests.unshift(entry);
  for (const old of requests.splice(MOST)) old.button.parentElement.remove();
  byId('empty').hidden = true;
  if (follow.checked || !chosen) choose(entry);
}

function clear() {
  requests = [];
  list.replaceChildren();
  choose(undefined);
  byId('empty').hidden = false;
}

function tell(state) {
  const { name, url, serves, version, building, problems, compilerProblems, fakes } = state;
  document.title = `${name}: waterfalls`;
  byId('name').textContent = name;
  byId('where').textContent = fakes.length > 0 ? `${url} · made-up backends: ${fakes.join(', ')}` : url;
  const status = byId('version');
  status.className = problems.length > 0 ? 'old' : building ? 'waits' : '';
  const serving = version > 0 ? `version ${version} serves` : 'nothing serves yet';
  status.textContent = building ? `${serving} · the next one starts` : serving;
  byId('serves').replaceChildren(
    ...serves.map((one) => {
      const [method, path] = one.split(' ');
      return element('li', { text: `${method} ${url}${path}` });
    }),
  );
  tellProblems(version, problems, compilerProblems);
}

function tellProblems(version, problems, compilerProblems) {
  const place = byId('problems');
  const all = [...problems, ...compilerProblems];
  place.hidden = all.length === 0;
  const title =
    problems.length === 0
      ? 'The compiler finds faults'
      : version > 0
        ? `The last save does not start: version ${version} goes on`
        : 'It does not start';
  const lines = all.map((one) => (one.place === undefined ? one.message : `${one.place}  ${one.message}`));
  place.replaceChildren(element('h2', { text: title }), element('pre', { text: lines.join('\n') }));
}

/** Up and down go from request to request. */
list.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const at = requests.findIndex(({ button }) => button === document.activeElement);
  const next = requests[at + step];
  if (!next) return;
  event.preventDefault();
  follow.checked = false;
  next.button.focus();
  choose(next);
});
byId('clear').addEventListener('click', clear);
follow.addEventListener('change', () => {
  if (follow.checked && requests[0]) choose(requests[0]);
});

const source = new EventSource('events');
source.addEventListener('state', ({ data }) => tell(JSON.parse(data)));
source.addEventListener('requests', ({ data }) => {
  clear();
  for (const waterfall of JSON.parse(data)) add(waterfall);
});
source.addEventListener('request', ({ data }) => add(JSON.parse(data)));
source.addEventListener('error', () => {
  byId('version').className = 'old';
  byId('version').textContent = 'frontdesk bff dev has ended';
});
