/** The shipping of logs in gateway/deploy/logs, by the real syslog-ng: to stores that take what Loki, Elasticsearch and ClickHouse take. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { AccessRecord } from './access-log.ts';
import { createLogger } from './log.ts';
import { urlRedactor } from './redaction.ts';
import { faultsOfRow, readTables } from './testing/clickhouse-table.ts';
import { faultsOfDocument, readTemplate } from './testing/elasticsearch-template.ts';
import { type LogStore, startClickhouse, startElasticsearch, startLoki } from './testing/log-stores.ts';

const FOLDER = join(import.meta.dirname, '../../deploy/logs');
const PROGRAM = process.env.FRONTDESK_TEST_SYSLOG_NG;
const WALL = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

const tables = readTables(readFileSync(join(FOLDER, 'clickhouse/tables.sql'), 'utf8'));
const templates = ['access', 'events'].map((name) =>
  readTemplate(readFileSync(join(FOLDER, `elasticsearch/${name}.json`), 'utf8')),
);

/** An access line with all that lines may hold, and one with as little as there can be, by turns. */
function accessLine(i: number): string {
  const { exchange, clock } = makeExchange({
    target: `/a/${i}?q='"\\\u001b\u2028ü&token=CANARY`,
    host: 'ä"\\',
  });
  exchange.id = `r-${i}`;
  const outcome = { kind: 'complete' as const, bytes: 12 };
  if (i % 2 === 1) return new AccessRecord(exchange, 404, outcome, 0.5, WALL + i, urlRedactor()).line();
  exchange.identity = makeIdentity({
    consumer: 'acme',
    plan: 'free',
    claims: { azp: 'app', level: 2, admin: false },
  });
  const chain = () => Promise.reject(new Error('not called'));
  exchange.route = { template: '/a/*', kind: 'proxy', params: {}, chain };
  exchange.error = new FrontdeskError('circuit_open', { detail: 'users "127.0.0.1"' });
  exchange.headers.set('user-agent', 'it\'s \\ "me"');
  for (let call = 0; call < 102; call += 1) {
    const span = exchange.timeline.begin('users', call === 0 ? 'part' : undefined, 1, call === 1);
    if (call > 1) continue;
    clock.advance(1.5);
    Object.assign(span, { endpoint: '127.0.0.1:4101', headMs: 1.5, status: 503, bytes: 3_000_000_000 });
    exchange.timeline.end(span, 'status');
  }
  const fields = { request: ['user-agent'], reply: ['content-type'], claims: ['azp', 'level', 'admin'] };
  const replyHeaders = HeaderFields.of({ 'content-type': 'text/plain' });
  const extras = { share: 0.1, fields, replyHeaders };
  return new AccessRecord(exchange, 503, outcome, 1234.5678, WALL + i, urlRedactor(), extras).line();
}

function accessLines(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => accessLine(from + i));
}

function eventLines(): string[] {
  const lines: string[] = [];
  const log = createLogger('debug', { write: (line) => lines.push(line) });
  log.warn({ upstream: 'users', status: 'a text here', error: new Error('a "cause"') }, "it's \\ open");
  log.info({ version: 3 }, 'a configuration');
  return lines;
}

test('all that a line may say has its column and its mapping, of its type', () => {
  for (const line of accessLines(0, 2)) {
    const row: Record<string, unknown> = JSON.parse(line);
    const table = tables.get('frontdesk_access') ?? assert.fail();
    assert.deepEqual(faultsOfRow(table, row), []);
    assert.deepEqual(faultsOfDocument(templates[0]?.properties ?? {}, row, true), []);
    assert.ok(faultsOfRow(table, { ...row, status: 'x', more: 1, ms: '1' }).length === 3);
    assert.ok(faultsOfRow(table, { ...row, upstream: [{ name: 'a', more: 1 }] }).length === 1);
    assert.ok(
      faultsOfDocument(templates[0]?.properties ?? {}, { ...row, client: 'x', more: 1 }, true).length === 2,
    );
  }
});

test('each line is kept once in all three, through outages, lost answers, a moved file and a restart', {
  skip: PROGRAM ? false : 'no syslog-ng',
  timeout: 300_000,
}, async (t) => {
  const stores = await startStores(t);
  const { loki, elasticsearch, clickhouse } = stores;
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-shipping-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'access.log');
  const written = [...accessLines(0, 20), ...eventLines()];
  const write = (lines: readonly string[]) => appendFileSync(file, lines.join(''));

  // Each has trouble of its own: too much at once, an outage, an answer that is lost after the work was done.
  loki.troubles.push(429);
  elasticsearch.troubles.push(503);
  clickhouse.troubles.push('lost answer');
  write(written);
  const first = await startShipping(t, folder, stores, { SHIP_READ: 'file', SHIP_LOG: file });
  await Promise.all(Object.values(stores).map((store) => store.has(22)));

  // Moved away as logrotate does; the gateway writes on to the old one until it notices.
  const more = accessLines(20, 40);
  renameSync(file, `${file}.1`);
  appendFileSync(`${file}.1`, more.slice(0, 10).join(''));
  write(more.slice(10));
  await Promise.all(Object.values(stores).map((store) => store.has(42)));

  // One is gone for longer; what it missed is on disk when the shipping is stopped, and is not asked of the file again.
  const last = accessLines(40, 60);
  elasticsearch.troubles.push(...Array.from({ length: 1000 }, () => 503));
  const before = elasticsearch.requests;
  write(last.slice(0, 10));
  await Promise.all([loki.has(52), clickhouse.has(52), elasticsearch.answered(before + 1)]);
  await first.stop();
  write(last.slice(10));
  elasticsearch.troubles.length = 0;
  const second = await startShipping(t, folder, stores, { SHIP_READ: 'file', SHIP_LOG: file });
  await Promise.all(Object.values(stores).map((store) => store.has(62)));
  await second.stop();

  const all = [...written, ...more, ...last].map(rewritten).toSorted();
  for (const [name, store] of Object.entries(stores)) {
    assert.deepEqual(store.faults, [], name);
    assert.deepEqual([...store.kept.values()].map(rewritten).toSorted(), all, name);
  }
  assert.equal(loki.came, 62);
  assert.ok(clickhouse.came > 62, 'the batch whose answer was lost came again');
});

test('from standard input; what is no line of ours is an event, and nothing in it is taken for more than a text', {
  skip: PROGRAM ? false : 'no syslog-ng',
  timeout: 300_000,
}, async (t) => {
  const stores = await startStores(t);
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-shipping-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const strange = [
    'Error: the "last" words\\',
    '    at file:///x.js:1:2',
    '{"time":"2026-01-02T03:04:05.006Z","id":"cut off',
    '{"time":"2026-01-02T03:04:05.006Z","id":"x","status":"\\"},"}',
    '{"level":"war\\"n","time":"2026-01-02T03:04:05.006Z","message":"x"}',
  ];
  const shipping = await startShipping(t, folder, stores, { SHIP_READ: 'stdin' });
  const lines = [...accessLines(0, 4), ...eventLines(), ...strange.map((line) => `${line}\n`)];
  shipping.child.stdin?.write(lines.join(''));
  await Promise.all(Object.values(stores).map((store) => store.has(11)));
  await shipping.stop();
  for (const store of Object.values(stores)) {
    assert.deepEqual(store.faults, []);
    const texts = [...store.kept.values()].flatMap((line) => {
      const { level, message }: { level?: string; message?: string } = JSON.parse(line);
      return level === 'unknown' ? [message] : [];
    });
    assert.deepEqual(texts.toSorted(), strange.toSorted());
  }
});

/** The same whichever of JSON's ways to write a character was taken. */
function rewritten(line: string): string {
  return JSON.stringify(JSON.parse(line));
}

async function startStores(t: TestContext) {
  const loki = await startLoki();
  const elasticsearch = await startElasticsearch(templates);
  const clickhouse = await startClickhouse(tables);
  const stores = { loki, elasticsearch, clickhouse };
  t.after(() => {
    for (const store of Object.values(stores)) store.close();
  });
  return stores;
}

async function startShipping(
  t: TestContext,
  folder: string,
  { loki, elasticsearch, clickhouse }: Readonly<Record<'loki' | 'elasticsearch' | 'clickhouse', LogStore>>,
  reading: Readonly<Record<string, string>>,
): Promise<{ readonly child: ChildProcess; stop(): Promise<void> }> {
  const own = (name: string) => join(folder, `syslog-ng.${name}`);
  const buffer = join(folder, 'buffer');
  mkdirSync(buffer, { recursive: true });
  const env = {
    ...process.env,
    SHIP_FOLDER: join(FOLDER, 'syslog-ng'),
    SHIP_BUFFER: buffer,
    LOKI_URL: loki.url,
    ELASTICSEARCH_URL: elasticsearch.url,
    CLICKHOUSE_URL: clickhouse.url,
    ...reading,
  };
  const args = [
    '--foreground',
    '--stderr',
    '--no-caps',
    '--cfgfile',
    join(FOLDER, 'syslog-ng/frontdesk.conf'),
  ];
  args.push('--persist-file', own('persist'), '--pidfile', own('pid'), '--control', own('ctl'));
  const child = spawn(PROGRAM ?? '', args, { env, stdio: ['pipe', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes('starting up')) break;
  }
  assert.match(said, /starting up/);
  child.stderr.resume();
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  return { child, stop };
}
