/** Seconds added up, and what stands out in them. Pure: data in, data out. */

const FIRST_MS = 0.125;
const PER_DOUBLING = 8;

/** The middle of a range of latencies, as `live/latency-counts.ts` makes them. */
export function rangeMs(range) {
  return range === 0 ? FIRST_MS / 2 : FIRST_MS * 2 ** ((range - 0.5) / PER_DOUBLING);
}

export function newLatencies() {
  return { counts: new Map(), maxMs: 0 };
}

export function addLatencies(sum, { counts, maxMs }) {
  for (let i = 0; i + 1 < counts.length; i += 2) {
    sum.counts.set(counts[i], (sum.counts.get(counts[i]) ?? 0) + counts[i + 1]);
  }
  sum.maxMs = Math.max(sum.maxMs, maxMs);
}

/** `undefined` where there is nothing. */
export function quantileMs({ counts, maxMs }, share) {
  let total = 0;
  for (const count of counts.values()) total += count;
  if (total === 0) return undefined;
  let left = Math.ceil(total * share);
  for (const [range, count] of [...counts].sort(([a], [b]) => a - b)) {
    left -= count;
    if (left <= 0) return Math.min(rangeMs(range), maxMs);
  }
  return maxMs;
}

function withQuantiles(one, seconds) {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantileMs(one.latencies, share));
  return { ...one, p50, p95, p99, perSecond: (one.requests ?? one.calls) / seconds };
}

function grouped(seconds, list, keyOf, begin, add) {
  const groups = new Map();
  for (const second of seconds) {
    for (const one of second[list]) {
      const key = keyOf(one);
      let group = groups.get(key);
      if (!group) {
        group = begin(one);
        groups.set(key, group);
      }
      add(group, one);
    }
  }
  return [...groups.values()];
}

/** What these seconds add up to. The last of them says how things stand. */
export function sumUp(seconds) {
  const last = seconds.at(-1);
  const length = Math.max(1, seconds.reduce((sum, { spanMs }) => sum + spanMs, 0) / 1_000);
  const routes = grouped(
    seconds,
    'routes',
    ({ route, kind }) => `${route}\n${kind}`,
    ({ route, kind }) => ({ route, kind, requests: 0, failed: 0, refused: 0, latencies: newLatencies() }),
    addRoute,
  ).map((one) => withQuantiles(one, length));
  const all = { requests: 0, failed: 0, refused: 0, latencies: newLatencies() };
  for (const second of seconds) for (const route of second.routes) addRoute(all, route);
  return {
    seconds: length,
    all: withQuantiles(all, length),
    routes,
    upstreams: upstreamsOf(seconds, last, length),
    limits: countsOf(seconds, 'limits', length),
    caches: countsOf(seconds, 'caches', length),
    consumers: grouped(
      seconds,
      'consumers',
      ({ consumer, plan }) => `${consumer}\n${plan}`,
      ({ consumer, plan }) => ({ consumer, plan, requests: 0, limited: 0 }),
      (sum, one) => {
        sum.requests += one.requests;
        sum.limited += one.limited;
      },
    ).sort((a, b) => b.requests - a.requests),
    otherConsumers: last?.otherConsumers ?? 0,
    processes: last?.processes ?? [],
  };
}

function addRoute(sum, { requests, failed, refused, latencies }) {
  sum.requests += requests;
  sum.failed += failed;
  sum.refused += refused;
  addLatencies(sum.latencies, latencies);
}

function countsOf(seconds, list, length) {
  const counts = grouped(
    seconds,
    list,
    ({ name, outcome }) => `${name}\n${outcome}`,
    ({ name, outcome }) => ({ name, outcome, count: 0 }),
    (sum, { count }) => {
      sum.count += count;
    },
  );
  const names = new Map();
  for (const { name, outcome, count } of counts) {
    const one = names.get(name) ?? { name, total: 0, outcomes: {} };
    one.total += count;
    one.outcomes[outcome] = (one.outcomes[outcome] ?? 0) + count;
    names.set(name, one);
  }
  return [...names.values()]
    .map((one) => ({ ...one, perSecond: one.total / length }))
    .sort((a, b) => b.total - a.total);
}

/** Upstreams with their endpoints: traffic of all these seconds, states of the last. */
function upstreamsOf(seconds, last, length) {
  const endpoints = grouped(
    seconds,
    'endpoints',
    ({ upstream, endpoint }) => `${upstream}\n${endpoint}`,
    ({ upstream, endpoint }) => ({ upstream, endpoint, calls: 0, failed: 0, latencies: newLatencies() }),
    addCalls,
  );
  const states = new Map((last?.endpoints ?? []).map((one) => [`${one.upstream}\n${one.endpoint}`, one]));
  const upstreams = new Map();
  for (const one of endpoints) {
    const state = states.get(`${one.upstream}\n${one.endpoint}`);
    if (!state) continue;
    let upstream = upstreams.get(one.upstream);
    if (!upstream) {
      upstream = {
        upstream: one.upstream,
        calls: 0,
        failed: 0,
        latencies: newLatencies(),
        inFlight: 0,
        queued: 0,
        endpoints: [],
      };
      upstreams.set(one.upstream, upstream);
    }
    addCalls(upstream, {
      ...one,
      latencies: { counts: [...one.latencies.counts].flat(), maxMs: one.latencies.maxMs },
    });
    upstream.inFlight += state.inFlight;
    upstream.queued += state.queued;
    const { inFlight, queued, limit, weight, breakers, health } = state;
    upstream.endpoints.push(
      withQuantiles({ ...one, inFlight, queued, limit, weight, breakers, health }, length),
    );
  }
  return [...upstreams.values()].map((one) => withQuantiles(one, length));
}

function addCalls(sum, { calls, failed, latencies }) {
  sum.calls += calls;
  sum.failed += failed;
  addLatencies(sum.latencies, latencies);
}

/** The worst state that any process sees: `open` before `half-open` before `closed`. */
export function worstOf(states, order) {
  return order.find((state) => states[state] > 0) ?? Object.keys(states)[0] ?? order.at(-1);
}

export const BREAKERS = ['open', 'half-open', 'closed'];
export const HEALTH = ['ejected', 'unhealthy', 'healthy', 'unknown'];

const SLOW_LEAST_MS = 50;
const SLOW_TIMES = 3;
const FEWEST_CALLS = 5;
const FAILING_SHARE = 0.01;
const LATE_LOOP_MS = 100;

/** What a person should look at first: the worst first. Each leads to a view. */
export function attention(figures) {
  const found = [];
  for (const { process, notReady } of figures.processes) {
    for (const reason of notReady) found.push(told('bad', `${process} is not ready`, reason, 'workers'));
  }
  for (const upstream of figures.upstreams)
    found.push(...aboutEndpoints(upstream), ...aboutFailures(upstream));
  found.push(...slowUpstreams(figures.upstreams));
  for (const { route, requests, failed } of figures.routes) {
    if (requests >= FEWEST_CALLS && failed / requests >= FAILING_SHARE) {
      found.push(
        told('bad', `${route} fails`, `${percent(failed / requests)} of its answers are 5xx`, 'requests', {
          route,
          status: 'failing',
        }),
      );
    }
  }
  for (const { name, total, outcomes } of figures.limits) {
    const refused = (outcomes.refused ?? 0) + (outcomes.denied ?? 0) + (outcomes.rejected ?? 0);
    if (refused > 0)
      found.push(told('warn', `A limit refuses: ${name}`, `${refused} of ${total} draws`, 'limits'));
  }
  for (const { process, loopDelayMs } of figures.processes) {
    if (loopDelayMs >= LATE_LOOP_MS)
      found.push(
        told(
          'warn',
          `${process} is late`,
          `its event loop was ${Math.round(loopDelayMs)} ms behind`,
          'workers',
        ),
      );
  }
  return found.sort((a, b) => (a.state === b.state ? 0 : a.state === 'bad' ? -1 : 1));
}

function aboutEndpoints({ upstream, endpoints }) {
  return endpoints.flatMap(({ endpoint, breakers, health }) => {
    const breaker = worstOf(breakers, BREAKERS);
    const state = worstOf(health, HEALTH);
    if (breaker === 'open')
      return [
        told('bad', `${upstream} is cut off`, `the breaker of ${endpoint} is open`, 'backends', { upstream }),
      ];
    if (state === 'ejected')
      return [told('warn', `${upstream}: an endpoint is ejected`, endpoint, 'backends', { upstream })];
    if (state === 'unhealthy')
      return [
        told('bad', `${upstream}: an endpoint is ill`, `${endpoint} fails its health check`, 'backends', {
          upstream,
        }),
      ];
    return [];
  });
}

function aboutFailures({ upstream, calls, failed }) {
  if (calls < FEWEST_CALLS || failed / calls < FAILING_SHARE) return [];
  return [
    told('bad', `${upstream} fails`, `${percent(failed / calls)} of its calls`, 'backends', { upstream }),
  ];
}

/** Slow against the others: several times what the middle one of them takes. */
function slowUpstreams(upstreams) {
  const asked = upstreams.filter(({ calls }) => calls >= FEWEST_CALLS);
  return asked.flatMap(({ upstream, p50 }) => {
    const others = asked
      .filter((one) => one.upstream !== upstream)
      .map((one) => one.p50)
      .sort((a, b) => a - b);
    const middle = others[Math.floor(others.length / 2)] ?? 0;
    if (p50 < SLOW_LEAST_MS || p50 < middle * SLOW_TIMES) return [];
    return [
      told(
        'warn',
        `${upstream} is slow`,
        `half of its calls take ${msText(p50)} or more, against ${msText(middle)} of other backends`,
        'backends',
        { upstream },
      ),
    ];
  });
}

function told(state, title, text, view, filter = {}) {
  return { state, title, text, view, filter };
}

function msText(ms) {
  return ms >= 1_000 ? `${(ms / 1_000).toFixed(2)} s` : `${Math.round(ms)} ms`;
}

function percent(share) {
  return `${share * 100 >= 10 ? Math.round(share * 100) : (share * 100).toFixed(1)} %`;
}

/** Who made a request as long as it was: time on the critical path by backend, the most first. */
export function blame({ rows, totalMs }) {
  const spent = new Map();
  for (const { kind, name, critical } of rows) {
    if (kind !== 'call') continue;
    const ms = critical.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    if (ms > 0) spent.set(name, (spent.get(name) ?? 0) + ms);
  }
  return [...spent]
    .map(([upstream, ms]) => ({ upstream, ms, share: totalMs > 0 ? ms / totalMs : 0 }))
    .sort((a, b) => b.ms - a.ms);
}
