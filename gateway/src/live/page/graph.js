/** The plan of a graph operation as a tree, with the cost of each fetch. Nothing is fetched. */
import { ask, chip, el, empty } from './dom.js';

const EXAMPLE =
  '{\n  me {\n    name\n    orders(first: 2) { number status items { quantity product { name } } }\n  }\n}';
const WORDS = {
  sequence: 'One after another',
  parallel: 'At the same time',
  fetch: 'Fetch from',
  mutate: 'Mutate in',
  subscribe: 'Subscribe to',
  entities: 'Entities from',
  if: 'If',
  defer: 'Deferred',
  'at once': 'At once',
  later: 'Later:',
  'for each event': 'For each event',
};

function nodeOf({ kind, subject, at, cost, document, children }) {
  const asks = cost !== undefined;
  const head = el(
    'div',
    { className: 'head' },
    el('span', { text: WORDS[kind] ?? kind }),
    subject ? el('b', { text: subject }) : undefined,
    at ? el('span', { className: 'hint', text: `at ${at}` }) : undefined,
    asks ? chip(`cost ${cost}`, 'quiet') : undefined,
  );
  const text = document
    ? el('details', {}, el('summary', { text: 'What it asks' }), el('pre', { text: document }))
    : undefined;
  return el(
    'li',
    { className: asks ? 'asks' : 'groups' },
    head,
    text,
    children.length > 0 ? el('ul', { className: 'tree' }, ...children.map(nodeOf)) : undefined,
  );
}

function planOf({ operation, name, cost, fetches, objects, root }) {
  const facts = [
    ['Operation', name ? `${operation} ${name}` : operation],
    ['Cost', String(cost)],
    ['Fetches', String(fetches)],
    ['Objects expected', String(objects)],
  ];
  return [
    el(
      'dl',
      { className: 'figures' },
      ...facts.map(([term, text]) =>
        el('div', { className: 'figure' }, el('dt', { text: term }), el('dd', { text })),
      ),
    ),
    root
      ? el('ul', { className: 'tree' }, nodeOf(root))
      : empty('Nothing to fetch', 'The gateway answers this by itself.'),
  ];
}

export function graph() {
  const query = el('textarea', { className: 'field mono', rows: '14', spellcheck: 'false', id: 'query' });
  query.value = EXAMPLE;
  const variables = el('textarea', {
    className: 'field mono',
    rows: '3',
    spellcheck: 'false',
    id: 'variables',
    placeholder: '{ "first": 5 }',
  });
  const result = el(
    'div',
    { 'aria-live': 'polite' },
    empty(
      'No plan yet',
      'Write an operation and see which subgraphs it asks, in which order, and what that costs.',
    ),
  );

  async function plan(event) {
    event.preventDefault();
    try {
      const given = variables.value.trim() === '' ? {} : JSON.parse(variables.value);
      result.replaceChildren(
        ...planOf(await ask('admin/live/plan', { query: query.value, variables: given })),
      );
    } catch (error) {
      result.replaceChildren(el('p', { className: 'error', role: 'alert', text: error.message }));
    }
  }

  return {
    element: el(
      'div',
      { className: 'halves' },
      el(
        'section',
        { className: 'card' },
        el('h2', { text: 'Operation' }),
        el(
          'form',
          { className: 'try', on: { submit: (event) => void plan(event) } },
          el('label', { for: 'query', text: 'GraphQL' }),
          query,
          el('label', { for: 'variables', text: 'Variables, as JSON' }),
          variables,
          el(
            'div',
            { className: 'line' },
            el('button', { type: 'submit', className: 'button primary', text: 'Plan' }),
          ),
        ),
      ),
      el('section', { className: 'card' }, el('h2', { text: 'Plan' }), result),
    ),
    update() {},
  };
}
