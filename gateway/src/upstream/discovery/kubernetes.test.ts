import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { backend } from '../testing/harness.ts';
import { KubernetesSource, kubernetesConfig } from './kubernetes.ts';
import { eventually, follow, parts } from './testing/follower.fixture.ts';
import { kubernetesApi, type Slice } from './testing/kubernetes-api.fixture.ts';

function source(api: string, more: object = {}): KubernetesSource {
  return new KubernetesSource(
    kubernetesConfig.parse({ service: 'users', namespace: 'shop', api, ...more }),
    parts,
  );
}

function slice(name: string, ...addresses: string[]): Slice {
  return { name, endpoints: addresses.map((address) => ({ addresses: [address] })) };
}

test('several slices are listed page by page, then watched', async (t) => {
  const api = await kubernetesApi(t);
  api.page = 2;
  for (const i of [1, 2, 3, 4, 5]) api.apply(slice(`s${i}`, `10.0.0.${i}`));
  const { seen } = follow(t, source(api.url));
  await eventually(() => api.watches === 1);
  assert.equal(seen.last?.length, 5);
  assert.equal(seen.specs[0]?.url, 'http://users.shop.svc:8080');
  assert.equal(api.requests.filter((one) => !one.includes('watch')).length, 3);
  api.apply(slice('s1', '10.0.0.1', '10.0.0.6'));
  await seen.until(({ last }) => last?.length === 6);
  api.remove('s2');
  await seen.until(({ last }) => last?.length === 5);
  assert.ok(!seen.last?.includes('10.0.0.2:8080'));
});

test('a watch that breaks is resumed where it was: what happened meanwhile comes, and nothing is listed again', async (t) => {
  const api = await kubernetesApi(t);
  api.apply(slice('s1', '10.0.0.1'));
  const one = source(api.url);
  const first = follow(t, one);
  await eventually(() => api.watches === 1);
  api.bookmark();
  await first.seen.until(({ confirmations }) => confirmations >= 2);
  api.dropWatches();
  assert.ok((await first.ended) instanceof Error);
  api.apply(slice('s2', '10.0.0.2'));
  const lists = (): number => api.requests.filter((request) => !request.includes('watch')).length;
  assert.equal(lists(), 1);
  const second = follow(t, one);
  await second.seen.until(({ last }) => last?.length === 2);
  assert.equal(lists(), 1);
  assert.match(api.requests.at(-1) ?? '', /resourceVersion=102&/, 'from the bookmark on');
});

test('a watch that the server ends in time is begun again at once, without a failure', async (t) => {
  const api = await kubernetesApi(t);
  api.apply(slice('s1', '10.0.0.1'));
  const { seen } = follow(t, source(api.url));
  await eventually(() => api.watches === 1);
  api.bookmark();
  api.dropWatches(true);
  await eventually(() => api.requests.length === 3 && api.watches === 1);
  api.apply(slice('s1', '10.0.0.2'));
  await seen.until(({ last }) => last?.[0] === '10.0.0.2:8080');
});

test('a watch that ends at once again and again is a failure', async (t) => {
  const api = await kubernetesApi(t);
  api.apply(slice('s1', '10.0.0.1'));
  const { ended } = follow(t, source(api.url));
  await eventually(() => api.watches === 1);
  api.dropWatches(true);
  assert.match((await ended)?.message ?? '', /ended at once/);
});

test('410 Gone: all is listed anew, and the old is kept until then', async (t) => {
  const api = await kubernetesApi(t);
  api.apply(slice('s1', '10.0.0.1'));
  const one = source(api.url);
  const first = follow(t, one);
  await eventually(() => api.watches === 1);
  api.dropWatches();
  await first.ended;
  api.remove('s1');
  api.apply(slice('s2', '10.0.0.2'));
  api.compact();
  const second = follow(t, one);
  assert.match((await second.ended)?.message ?? '', /no longer knows the version/);
  assert.equal(second.seen.sets, 0);
  const third = follow(t, one);
  await third.seen.until(({ last }) => last?.[0] === '10.0.0.2:8080');
  assert.equal(third.seen.last?.length, 1);
  // The same within a watch that runs.
  await eventually(() => api.watches === 1);
  api.bookmark();
  await third.seen.until(({ confirmations }) => confirmations >= 2);
  api.expireWatches();
  await third.seen.until(({ sets }) => sets === 2);
});

test('tokens and authorities are read again for each watch, over HTTPS that is verified', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-kubernetes-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [key, cert, tokenFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem'), join(folder, 'token')];
  const subject = ['-subj', '/CN=kubernetes', '-addext', 'subjectAltName=IP:127.0.0.1'];
  try {
    const args = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', ...subject];
    execFileSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  } catch {
    t.skip('openssl is not here');
    return;
  }
  const api = await kubernetesApi(t, { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') });
  api.apply(slice('s1', '10.0.0.1'));
  api.token = 'first';
  writeFileSync(tokenFile, 'first\n');
  assert.match(
    (await follow(t, source(api.url, { tokenFile })).ended)?.message ?? '',
    /self-signed certificate/,
  );
  const { seen } = follow(t, source(api.url, { tokenFile, caFile: cert }));
  await eventually(() => api.watches === 1);
  assert.equal(seen.last?.length, 1);
  api.token = 'second';
  writeFileSync(tokenFile, 'second\n');
  api.bookmark();
  api.dropWatches(true);
  await eventually(() => api.watches === 1 && api.tokens.at(-1) === 'Bearer second');
  api.token = 'third';
  const refused = follow(t, source(api.url, { tokenFile, caFile: cert }));
  assert.match((await refused.ended)?.message ?? '', /the Kubernetes API answered 401: .*Unauthorized/);
});

test('without a cluster around it says what it needs', async (t) => {
  const config = kubernetesConfig.parse({
    service: 'users',
    namespace: 'shop',
    tokenFile: '/dev/null',
    caFile: '/dev/null',
  });
  const { ended } = follow(t, new KubernetesSource(config, parts));
  const { message } = (await ended) ?? {};
  assert.match(message ?? '', /expected api|ECONNREFUSED|EHOSTUNREACH/);
});

test('a watch that says a word and ends at once is not begun again without a pause', async (t) => {
  let watches = 0;
  const version = { metadata: { resourceVersion: '7' } };
  const api = await backend(t, (incoming, response) => {
    if (incoming.url?.includes('watch=1')) {
      watches += 1;
      response.end(`${JSON.stringify({ type: 'BOOKMARK', object: version })}\n`);
    } else response.end(JSON.stringify({ ...version, items: [] }));
  });
  const clock = new ManualClock();
  const config = kubernetesConfig.parse({ service: 'users', namespace: 'shop', api });
  follow(t, new KubernetesSource(config, { clock, random: () => 0 }));
  await eventually(() => watches === 1);
  const startedAt = clock.now();
  await eventually(() => {
    clock.advance(1);
    return watches === 2;
  });
  assert.ok(clock.now() - startedAt >= 250);
});
