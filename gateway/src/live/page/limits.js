/** Which limits let through and refuse, which consumers ask most, and what the caches spare the backends. */
import { card, el, empty, rateText, reconcile, setText, shareText } from './dom.js';

const SPARED = ['hit', 'stale', 'collapsed', 'revalidated'];
const ALLOWED = ['allowed', 'allow', 'ok', 'granted'];

function tableOf(titles) {
  const body = el('tbody');
  const table = el(
    'table',
    { className: 'numbers' },
    el('thead', {}, el('tr', {}, ...titles.map((text) => el('th', { scope: 'col', text })))),
    body,
  );
  return [table, body];
}

function draw(body, items, keyOf, cells) {
  reconcile(
    body,
    items,
    keyOf,
    (item) => el('tr', {}, ...cells(item).map(() => el('td'))),
    (row, item) => {
      for (const [i, [text, className = '']] of cells(item).entries()) {
        setText(row.cells[i], text);
        row.cells[i].className = className;
      }
    },
  );
}

export function limits() {
  const [limitTable, limitBody] = tableOf(['Limit', 'Draws per second', 'Refused', 'Share refused']);
  const [consumerTable, consumerBody] = tableOf(['Consumer', 'Plan', 'Requests', 'Refused by a limit']);
  const [cacheTable, cacheBody] = tableOf(['Upstream', 'Requests per second', 'Spared', 'What it did']);
  const noLimits = empty(
    'No limit was asked',
    'Draws from buckets show here once somebody asks on a route that has one.',
  );
  const noConsumers = empty('Nobody asked', 'The consumers with the most requests show here.');
  const noCaches = empty(
    'No cache was asked',
    'An upstream with a cache in the configuration shows how many calls it spares.',
  );
  const others = el('p', { className: 'hint' });
  return {
    element: el(
      'div',
      { className: 'stack' },
      card('Limits', noLimits, limitTable),
      el(
        'div',
        { className: 'even' },
        card('Consumers', noConsumers, consumerTable, others),
        card('Caches', noCaches, cacheTable),
      ),
    ),
    update({ figures }) {
      const refusedOf = ({ total, outcomes }) =>
        total - ALLOWED.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0);
      noLimits.hidden = figures.limits.length > 0;
      limitTable.hidden = figures.limits.length === 0;
      draw(
        limitBody,
        figures.limits.toSorted((a, b) => refusedOf(b) - refusedOf(a)),
        ({ name }) => name,
        (one) => {
          const refused = refusedOf(one);
          return [
            [one.name],
            [rateText(one.perSecond)],
            [String(refused), refused > 0 ? 'is-bad' : ''],
            [shareText(refused / Math.max(1, one.total))],
          ];
        },
      );
      noConsumers.hidden = figures.consumers.length > 0;
      consumerTable.hidden = figures.consumers.length === 0;
      draw(
        consumerBody,
        figures.consumers.slice(0, 20),
        ({ consumer, plan }) => `${consumer} ${plan}`,
        ({ consumer, plan, requests, limited }) => [
          [consumer],
          [plan],
          [String(requests)],
          [String(limited), limited > 0 ? 'is-bad' : ''],
        ],
      );
      setText(
        others,
        figures.otherConsumers > 0 ? `and ${figures.otherConsumers} more within the last second` : '',
      );
      noCaches.hidden = figures.caches.length > 0;
      cacheTable.hidden = figures.caches.length === 0;
      draw(
        cacheBody,
        figures.caches,
        ({ name }) => name,
        ({ name, total, perSecond, outcomes }) => [
          [name],
          [rateText(perSecond)],
          [
            shareText(
              SPARED.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0) / Math.max(1, total),
            ),
          ],
          [
            Object.entries(outcomes)
              .map(([outcome, count]) => `${outcome} ${count}`)
              .join(', '),
          ],
        ],
      );
    },
  };
}
