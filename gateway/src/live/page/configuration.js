/** Which configuration serves, since when and from where, and those before it, as the gateway tells. */
import { ask, card, chip, el, empty } from './dom.js';

const EVERY_MS = 5_000;

const OUTCOMES = { applied: 'good', unchanged: 'quiet', refused: 'bad' };

function timeOf(text) {
  return new Date(text).toLocaleString('en-GB');
}

function factsOf({ version, digest, source, since, file, standsInBecause, until, waitsForStart = [] }) {
  const facts = [
    ['Version', String(version)],
    ['Digest', digest],
    ['Came by', source],
    ['Since', timeOf(since)],
  ];
  if (file) facts.push(['File', file]);
  if (standsInBecause) facts.push(['Stands in because', standsInBecause]);
  if (until) facts.push(['Until', until]);
  for (const waits of waitsForStart)
    facts.push(['Waits for a start', typeof waits === 'string' ? waits : JSON.stringify(waits)]);
  return el(
    'dl',
    { className: 'facts-list' },
    ...facts.flatMap(([term, text]) => [el('dt', { text: term }), el('dd', { className: 'mono', text })]),
  );
}

function attemptOf({ at, source, outcome, version, changes = [], reasons = [] }) {
  const said = [...reasons, ...(Array.isArray(changes) ? changes : [])].map((one) =>
    typeof one === 'string' ? one : JSON.stringify(one),
  );
  return el(
    'li',
    {},
    el(
      'p',
      {},
      chip(outcome, OUTCOMES[outcome] ?? 'quiet'),
      el('strong', { text: `version ${version}` }),
      el('span', { className: 'hint', text: `${source} · ${timeOf(at)}` }),
    ),
    said.length > 0 ? el('ul', {}, ...said.slice(0, 30).map((text) => el('li', { text }))) : undefined,
  );
}

export function configuration() {
  const place = el('div', { className: 'stack' });
  let askedAt = 0;

  async function draw() {
    if (Date.now() - askedAt < EVERY_MS) return;
    askedAt = Date.now();
    try {
      const said = await ask('admin/config');
      const shown = [card('What serves', factsOf(said))];
      const history = (said.history ?? []).toReversed();
      const list = el('ol', { className: 'history' }, ...history.map(attemptOf));
      shown.push(
        card(
          'Changes',
          history.length > 0 ? list : empty('No change yet', 'It serves what it started with.'),
        ),
      );
      place.replaceChildren(...shown);
    } catch (error) {
      place.replaceChildren(
        card(
          'What serves',
          empty(
            'Nothing is told',
            error.status === 404 ? 'This gateway does not tell its configuration.' : error.message,
          ),
        ),
      );
    }
  }

  return {
    element: place,
    show() {
      askedAt = 0;
    },
    update() {
      void draw();
    },
  };
}
