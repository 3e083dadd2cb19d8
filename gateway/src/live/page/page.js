/** Which view is shown, and that it follows what comes. The place is in the address, so that it can be sent to somebody. */
import { backends } from './backends.js';
import { configuration } from './configuration.js';
import { ask, el, reconcile, setText } from './dom.js';
import { sumUp } from './figures.js';
import { Follow } from './follow.js';
import { graph } from './graph.js';
import { limits } from './limits.js';
import { overview } from './overview.js';
import { requests } from './requests.js';
import { routes } from './routes.js';
import { workers } from './workers.js';

const VIEWS = [
  ['overview', 'Overview', 'What happens now, and what stands out', overview],
  ['backends', 'Backends', 'Who is asked, who is slow, who is cut off', backends],
  ['requests', 'Requests', 'What happened to each, and what it waited for', requests],
  ['routes', 'Routes', 'The compiled route table; try a request', routes],
  ['graph', 'Graph', 'The plan of an operation and what it costs', graph],
  ['limits', 'Limits & cache', 'Who draws from which bucket, and what need not be asked', limits],
  ['configuration', 'Configuration', 'What serves, since when, and what was before', configuration],
  ['workers', 'Workers', 'The processes that serve, and how they do', workers],
];
const WINDOWS = [
  [10, '10 s'],
  [60, '1 min'],
  [180, '3 min'],
];
const STATES = {
  connecting: ['waits', 'Connecting'],
  live: ['good', 'Live'],
  lost: ['bad', 'Connection lost, trying again'],
  full: ['bad', 'Too many pages are open, trying again'],
  refused: ['bad', 'Logged out: reload the page'],
};

const byId = (id) => document.getElementById(id);
const place = byId('view');
const shown = new Map();
let current;
let windowS = 60;

const follow = new Follow(() => update());

/** Goes to a view; `filter` is what it shall show. */
function go(name, filter = {}) {
  const query = new URLSearchParams(filter).toString();
  location.hash = query ? `#${name}?${query}` : `#${name}`;
}

function show() {
  const [name, query = ''] = location.hash.slice(1).split('?');
  const [id, title, subtitle, make] = VIEWS.find(([one]) => one === name) ?? VIEWS[0];
  if (current?.id !== id) {
    let view = shown.get(id);
    if (!view) {
      view = make({ follow, go });
      shown.set(id, view);
    }
    current = { id, view };
    place.replaceChildren(view.element);
    byId('title').textContent = title;
    byId('subtitle').textContent = subtitle;
    document.title = `${title} · Frontdesk`;
    for (const link of document.querySelectorAll('#views a')) {
      if (link.hash === `#${id}`) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }
  current.view.show?.(Object.fromEntries(new URLSearchParams(query)));
  update(true);
}

/** `isForced`: although the page stands still. */
function update(isForced = false) {
  const live = byId('live');
  const [className, text] =
    follow.paused && follow.state === 'live' ? ['waits', 'Paused'] : STATES[follow.state];
  live.className = className;
  setText(live.querySelector('span'), text);
  live.title = follow.news;
  setText(byId('news'), follow.news);
  place.classList.toggle('stale', follow.state !== 'live' && follow.state !== 'connecting');
  if (follow.paused && !isForced) return;
  const window = follow.last(windowS);
  current?.view.update({
    figures: sumUp(window),
    seconds: follow.seconds,
    requests: follow.requests,
    since: window.length > 0 ? window[0].at - window[0].spanMs : 0,
  });
}

byId('views').append(...VIEWS.map(([id, title]) => el('li', {}, el('a', { href: `#${id}`, text: title }))));
reconcile(
  byId('window'),
  WINDOWS,
  ([seconds]) => String(seconds),
  ([seconds, text]) =>
    el('button', {
      type: 'button',
      text,
      'aria-pressed': seconds === windowS ? 'true' : 'false',
      on: {
        click: ({ currentTarget }) => {
          windowS = seconds;
          for (const one of byId('window').children)
            one.setAttribute('aria-pressed', String(one === currentTarget));
          update(true);
        },
      },
    }),
  () => {},
);
byId('pause').addEventListener('click', ({ currentTarget }) => {
  follow.paused = !follow.paused;
  currentTarget.setAttribute('aria-pressed', String(follow.paused));
  setText(currentTarget, follow.paused ? 'Go on' : 'Pause');
  update(true);
});
addEventListener('hashchange', show);
show();
ask('admin/live/about').then(
  ({ session }) => {
    byId('log-out').hidden = !session;
  },
  () => {},
);
