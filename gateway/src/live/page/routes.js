/** The compiled route table, what holds for each route, and the try-it box beside it. */
import { ask, chip, el, empty, reconcile } from './dom.js';
import { tryIt } from './try-it.js';

function keyOf({ methods, hosts, path, conditions, source }) {
  return [methods, hosts, path, conditions, source].join(' ');
}

function detailOf(route) {
  const rows = [
    ['Answers', `${route.kind}: ${route.target}`],
    ['Hosts', route.hosts.join(', ') || 'any'],
    ['Conditions', route.conditions.join('; ') || 'none beside host, path and method'],
    ['Priority', String(route.priority)],
    ['Who may ask', route.auth],
    ['Scopes', route.scopes.join(', ') || 'none'],
    ['Roles', route.roles.join(', ') || 'none'],
    ['Policies', route.policies.join(', ') || 'none'],
    ['Limit', [route.limit, ...route.limits].join('; ')],
    ['Written at', route.source],
  ];
  return el(
    'dl',
    { className: 'facts-list' },
    ...rows.flatMap(([term, text]) => [el('dt', { text: term }), el('dd', { text })]),
  );
}

export function routes() {
  let all;
  const search = el('input', {
    className: 'field',
    type: 'search',
    placeholder: 'Filter by path, upstream, scope …',
    'aria-label': 'Filter routes',
    on: { input: () => draw() },
  });
  const list = el('ol', { className: 'routes' });
  const none = empty('No such route', 'Nothing in the table has this text.');
  none.hidden = true;
  const box = tryIt();

  function rowOf(route) {
    return el(
      'li',
      {},
      el(
        'details',
        {
          on: {
            toggle: ({ target }) => {
              if (target.open && target.children.length === 1)
                target.append(detailOf(route), useButton(route));
            },
          },
        },
        el(
          'summary',
          {},
          el('span', { className: 'methods', text: route.methods.join(' ') || 'any' }),
          el('span', { className: 'path', text: `${route.hosts.join(',')}${route.path}` }),
          chip(route.kind, 'quiet'),
          el('span', { className: 'target', text: route.target }),
        ),
      ),
    );
  }

  function useButton(route) {
    return el('button', {
      type: 'button',
      className: 'button',
      text: 'Try this route',
      on: { click: () => box.fill(route.methods[0] ?? 'GET', route.path) },
    });
  }

  function draw() {
    if (!all) return;
    const words = search.value.toLowerCase().split(' ').filter(Boolean);
    const shown = all.filter((route) => {
      const text = JSON.stringify(route).toLowerCase();
      return words.every((word) => text.includes(word));
    });
    none.hidden = shown.length > 0;
    reconcile(list, shown, keyOf, rowOf, () => {});
  }

  return {
    element: el(
      'div',
      { className: 'halves' },
      el(
        'section',
        { className: 'card' },
        el('h2', { text: 'Route table' }),
        el('p', { className: 'hint', text: 'In the order in which requests ask it.' }),
        search,
        none,
        list,
      ),
      box.element,
    ),
    async show() {
      try {
        all = await ask('admin/live/routes');
      } catch (error) {
        all = [];
        none.querySelector('p').textContent = error.message;
      }
      draw();
    },
    update() {},
  };
}
