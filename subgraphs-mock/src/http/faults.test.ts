import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { type FaultRule, parseFaultRules } from './fault-rule.ts';
import { Faults } from './faults.ts';
import { Problem, writeAnswer } from './problem.ts';
import { type RunningServer, serve } from './server.ts';

const BODY = { text: 'x'.repeat(20_000) };
let server: RunningServer;

before(async () => {
  server = await serve(
    () => ({ handle: (_, response) => writeAnswer(response, { status: 200, body: BODY }) }),
    {
      port: 0,
      host: '127.0.0.1',
    },
  );
});
afterEach(() => fetch(`${server.url}/__faults`, { method: 'DELETE' }));
after(() => server.close());

async function inject(rules: FaultRule | FaultRule[]): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/__faults`, {
    method: 'POST',
    headers,
    body: JSON.stringify(rules),
  });
  assert.equal(response.status, 200);
}

/** What arrives on the wire: the head, how many bytes, and the error at which it broke off, if it did. */
async function receive(): Promise<{
  status: number;
  expected: number;
  bytes: number;
  error: string | undefined;
}> {
  const outgoing = request(server.url);
  // After the head, an error is also the response's, which is where it is read.
  outgoing.on('error', () => {});
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  let bytes = 0;
  let error: string | undefined;
  try {
    for await (const chunk of response) bytes += chunk.length;
  } catch (thrown) {
    error = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
  }
  return { status: response.statusCode, expected: Number(response.headers['content-length']), bytes, error };
}

test('latency delays the answer', async () => {
  await inject({ latencyMs: 60 });
  const begun = performance.now();
  await (await fetch(server.url)).text();
  assert.ok(performance.now() - begun >= 59);
});

test('a status is answered as a problem, with Retry-After', async () => {
  await inject({ status: 503, retryAfterS: 7 });
  const response = await fetch(server.url);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.equal(response.headers.get('retry-after'), '7');
});

test('an error rate fails a part of the requests, always the same part', async () => {
  const statuses = async () => {
    await inject({ errorRate: 0.5 });
    const seen: number[] = [];
    for (let i = 0; i < 20; i++) {
      const response = await fetch(server.url);
      await response.text();
      seen.push(response.status);
    }
    return seen;
  };
  const first = await statuses();
  assert.ok(first.includes(200) && first.includes(500));
  assert.deepEqual(await statuses(), first);
});

test('a hanging request gets no answer, and others do', async () => {
  await inject({ hang: true, path: '/slow' });
  await assert.rejects(fetch(`${server.url}/slow`, { signal: AbortSignal.timeout(50) }), {
    name: 'TimeoutError',
  });
  assert.equal((await fetch(server.url)).status, 200);
});

test('a reset breaks the connection before any answer', async () => {
  await inject({ reset: true });
  await assert.rejects(fetch(server.url), TypeError);
});

test('a reset in mid-body sends the head and a part, and breaks', async () => {
  await inject({ resetMidBody: true });
  const { status, expected, bytes, error } = await receive();
  assert.equal(status, 200);
  assert.ok(bytes > 0 && bytes < expected);
  assert.equal(error, 'ECONNRESET');
});

test('a truncated body ends before its promised length', async () => {
  await inject({ truncate: true });
  const { status, expected, bytes, error } = await receive();
  assert.equal(status, 200);
  assert.equal(bytes, Math.ceil(expected / 2));
  assert.equal(error, 'ECONNRESET', 'how node:http reports a body cut short');
});

test('a slow body comes after its head', async () => {
  await inject({ bodyDelayMs: 60 });
  const response = await fetch(server.url);
  const headAt = performance.now();
  assert.deepEqual(await response.json(), BODY);
  assert.ok(performance.now() - headAt >= 40);
});

test('the content type and the body can be others', async () => {
  await inject({ contentType: 'text/html' });
  assert.equal((await fetch(server.url)).headers.get('content-type'), 'text/html');
  await inject({ status: 200, body: '{"data":' });
  assert.equal(await (await fetch(server.url)).text(), '{"data":');
});

test('a rule is for its path and method, and is spent after its count', async () => {
  await inject([
    { path: '/a/*', status: 418 },
    { path: '/b', method: 'POST', status: 418 },
    { status: 503, count: 2 },
  ]);
  const status = async (path: string, method = 'GET') => (await fetch(server.url + path, { method })).status;
  assert.equal(await status('/a/1?x=1'), 418);
  assert.equal(await status('/b', 'POST'), 418);
  assert.deepEqual([await status('/b'), await status('/'), await status('/')], [503, 503, 200]);
});

test('a rule that makes no sense is refused by name', async () => {
  for (const [rule, reason] of [
    [{ latency: 5 }, /no fault is called 'latency'/],
    [{ latencyMs: '5' }, /'latencyMs' must be/],
    [{ errorRate: 2 }, /'errorRate' must be/],
    [{ count: 0 }, /'count' must be/],
    ['slow', /is an object/],
  ] as const) {
    assert.throws(
      () => parseFaultRules(rule),
      (error) => error instanceof Problem && reason.test(error.message),
    );
  }
});

test('the chance at which a rule applies', () => {
  const faults = new Faults();
  faults.set([{ rate: 0.25, hang: true }]);
  let taken = 0;
  for (let i = 0; i < 1000; i++) if (faults.take('GET', '/')) taken++;
  assert.ok(taken > 200 && taken < 300, String(taken));
});

test('where the work is done first, its answer alone goes wrong', async () => {
  let done = 0;
  const worker = await serve(
    () => ({
      handle: (_, response) =>
        writeAnswer(response, { status: 201, body: ++done, headers: { location: '/1' } }),
    }),
    { port: 0, host: '127.0.0.1' },
  );
  const faulty = (rule: FaultRule) =>
    fetch(`${worker.url}/__faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rule),
    });
  try {
    await faulty({ after: true, status: 503, count: 1 });
    const failed = await fetch(worker.url);
    assert.equal(failed.status, 503);
    assert.equal(failed.headers.get('location'), null, 'nothing of the answer is left');
    assert.equal(done, 1);
    await faulty({ after: true, reset: true, count: 1 });
    await assert.rejects(fetch(worker.url), TypeError);
    assert.equal(done, 2);
    await faulty({ after: true, hang: true, count: 1 });
    const taken = fetch(`${worker.url}/__faults/taken`);
    const gaveUp = new AbortController();
    const hanging = fetch(worker.url, { signal: gaveUp.signal });
    assert.deepEqual(await (await taken).json(), { taken: 1 });
    assert.equal(done, 3, 'bitten only when the work is done');
    gaveUp.abort();
    await assert.rejects(hanging, { name: 'AbortError' });
    assert.equal(await (await fetch(worker.url)).json(), 4);
  } finally {
    await worker.close();
  }
});

test('a rule can be for what a body holds, and let the first requests pass', async () => {
  await inject({ contains: 'placeOrder', status: 503 });
  const post = async (body: string) => (await fetch(server.url, { method: 'POST', body })).status;
  assert.deepEqual([await post('{ me }'), await post('{ placeOrder }'), await post('')], [200, 503, 200]);
  await inject({ skip: 2, count: 1, status: 503 });
  assert.deepEqual([await post(''), await post(''), await post(''), await post('')], [200, 200, 503, 200]);
});

test('whoever waits hears when so many requests were bitten', async () => {
  await inject({ status: 503 });
  const twice = fetch(`${server.url}/__faults/taken?count=2`);
  assert.equal((await fetch(server.url)).status, 503);
  assert.equal((await fetch(server.url)).status, 503);
  assert.deepEqual(await (await twice).json(), { taken: 2 });
  await inject({ status: 503 });
  assert.deepEqual(await (await fetch(`${server.url}/__faults/taken?count=0`)).json(), { taken: 0 });
});
