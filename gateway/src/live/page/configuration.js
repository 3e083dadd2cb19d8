/** Which configuration serves, since when and from where, and those before it, as the gateway tells. */
import { ask, card, chip, el, empty } from './dom.js';

const EVERY_MS = 5_000;

function versionFacts({ number, digest, source, at }) {
  return [
    ['Version', String(number)],
    ['Digest', digest],
    ['Came by', source],
    ['Since', new Date(at).toLocaleString('en-GB')],
  ];
}

function figuresOf(facts) {
  return el(
    'dl',
    { className: 'facts-list' },
    ...facts.flatMap(([term, text]) => [el('dt', { text: term }), el('dd', { className: 'mono', text })]),
  );
}

function historyOf(history) {
  return el(
    'ol',
    { className: 'history' },
    ...history.map(({ version = {}, applied, at, changes = [], reason, problems = [] }) => {
      const ok = applied !== false && reason === undefined;
      const when = version.at ?? at;
      const said = [reason, ...problems, ...changes]
        .filter(Boolean)
        .map((one) => (typeof one === 'string' ? one : (one.message ?? one.text ?? JSON.stringify(one))));
      return el(
        'li',
        {},
        el(
          'p',
          {},
          chip(ok ? `version ${version.number ?? ''}` : 'refused', ok ? 'good' : 'bad'),
          el('span', {
            className: 'hint',
            text: [version.source, when ? new Date(when).toLocaleString('en-GB') : undefined]
              .filter(Boolean)
              .join(' · '),
          }),
        ),
        said.length > 0 ? el('ul', {}, ...said.slice(0, 30).map((text) => el('li', { text }))) : undefined,
      );
    }),
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
      const version = said.version ?? said.current ?? said;
      const shown = [
        card('What serves', figuresOf(versionFacts(typeof version === 'object' ? version : said))),
      ];
      const history = said.history ?? said.changes;
      if (Array.isArray(history))
        shown.push(
          card(
            'Changes',
            history.length > 0
              ? historyOf(history)
              : empty('No change yet', 'It serves what it started with.'),
          ),
        );
      const text = said.text ?? said.yaml ?? said.config;
      if (text !== undefined)
        shown.push(
          card(
            'The configuration',
            el('pre', {
              className: 'body',
              text: typeof text === 'string' ? text : JSON.stringify(text, undefined, 2),
            }),
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
