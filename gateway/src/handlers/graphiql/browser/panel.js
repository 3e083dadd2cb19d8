/** Below the answer: how it came about. Two tabs, the calls and the plan, and a line that sums them up. */
import { Calls } from './calls.js';
import { element as h, useState, useSyncExternalStore } from './libraries.js';
import { countOf, formatMs } from './measures.js';
import { Plan } from './plan.js';

/** @typedef {'calls' | 'plan'} Tab */

/** @type {readonly { id: Tab, title: string }[]} */
const TABS = [
  { id: 'calls', title: 'Calls' },
  { id: 'plan', title: 'Plan' },
];

/** @param {{ accounts: import('./account.js').Accounts }} props */
export function Panel({ accounts }) {
  const account = useSyncExternalStore(accounts.subscribe, accounts.current);
  const isRefused = useSyncExternalStore(accounts.subscribe, accounts.isRefused);
  const [tab, choose] = useState(/** @type {Tab} */ ('calls'));
  const [isOpen, setOpen] = useState(true);
  return h(
    'section',
    { className: 'fd-panel', 'aria-label': 'How the answer came about' },
    h(
      'header',
      null,
      h(Tabs, {
        tab,
        choose: (/** @type {Tab} */ id) => {
          choose(id);
          setOpen(true);
        },
      }),
      h('p', { className: 'fd-summary', role: 'status' }, account && summaryOf(account)),
      h(
        'button',
        {
          type: 'button',
          className: 'fd-fold',
          'aria-expanded': isOpen,
          'aria-controls': 'fd-body',
          'aria-label': isOpen ? 'Hide how the answer came about' : 'Show how the answer came about',
          onClick: () => setOpen(!isOpen),
        },
        isOpen ? '▾' : '▴',
      ),
    ),
    h(
      'div',
      {
        id: 'fd-body',
        role: 'tabpanel',
        'aria-labelledby': `fd-tab-${tab}`,
        tabIndex: 0,
        hidden: !isOpen,
      },
      account ? h(tab === 'calls' ? Calls : Plan, { account }) : h(Empty, { isRefused }),
    ),
  );
}

/** Tabs by the pattern of the ARIA practices guide: arrows move, and what is moved to is shown. */
/** @param {{ tab: Tab, choose: (tab: Tab) => void }} props */
function Tabs({ tab, choose }) {
  const move = (/** @type {{ key: string, currentTarget: Element, preventDefault(): void }} */ event) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    const step = event.key === 'ArrowRight' ? 1 : TABS.length - 1;
    const next = TABS[(TABS.findIndex(({ id }) => id === tab) + step) % TABS.length];
    if (!next) return;
    choose(next.id);
    document.getElementById(`fd-tab-${next.id}`)?.focus();
  };
  return h(
    'div',
    { role: 'tablist', 'aria-label': 'Calls or plan', className: 'fd-tabs', onKeyDown: move },
    TABS.map(({ id, title }) =>
      h(
        'button',
        {
          key: id,
          id: `fd-tab-${id}`,
          type: 'button',
          role: 'tab',
          'aria-selected': id === tab,
          'aria-controls': 'fd-body',
          tabIndex: id === tab ? 0 : -1,
          onClick: () => choose(id),
        },
        title,
      ),
    ),
  );
}

/** @param {{ isRefused: boolean }} props */
function Empty({ isRefused }) {
  const text = isRefused
    ? 'The gateway asks who you are. Put your token or key under Headers, then fetch the schema again (Ctrl-Shift-R).'
    : 'Run an operation: its plan, and each call to a subgraph, will stand here.';
  return h('p', { className: 'fd-note' }, text);
}

/** @param {import('./account.js').Account} account */
function summaryOf({ timeline, cost, status, arrivals, isStream, isOver }) {
  const parts = [];
  if (status === 401 || status === 403) parts.push(`HTTP ${status}: other credentials are wanted (Headers)`);
  else if (status !== undefined && status !== 200) parts.push(`HTTP ${status}`);
  if (timeline) parts.push(formatMs(timeline.totalMs), countOf(timeline.calls.length, 'call'));
  if (isStream) parts.push(countOf(arrivals.length, 'part'));
  if (!isOver) parts.push(isStream ? 'more may come' : 'running');
  if (cost) {
    const limit = cost.limit === null ? '' : ` of ${cost.limit.toLocaleString('en')}`;
    parts.push(`cost ${cost.estimated.toLocaleString('en')}${limit}`);
  }
  return parts.join(' · ');
}
