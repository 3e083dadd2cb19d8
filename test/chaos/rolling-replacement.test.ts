/**
 * Every endpoint of an upstream is killed, slowed down, broken and replaced under load, and no idempotent request is lost:
 * each gets its own answer, whole, and the backends are asked hardly more often than the clients ask. Real processes, an
 * open-loop load (requests do not wait for each other), endpoints from a file. `FRONTDESK_CHAOS_ROUNDS` makes it longer.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { type ServedGateway, serve } from './gateway.ts';

const ROUNDS = Number(process.env.FRONTDESK_CHAOS_ROUNDS ?? 1);
const PER_SECOND = 100;
const TICK_MS = 20;
const STEP_MS = 700;

interface Running {
  readonly name: string;
  readonly url: string;
  readonly child: ChildProcess;
}

let started = 0;

async function startEndpoint(t: TestContext): Promise<Running> {
  started += 1;
  const name = `endpoint-${started}`;
  const program = join(ROOT, 'test/chaos/echo-endpoint.ts');
  const child = spawn(process.execPath, [program, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [port]: Buffer[] = await once(child.stdout, 'data');
  return { name, url: `http://127.0.0.1:${String(port).trim()}`, child };
}

function tell({ url }: Running, mode: string): Promise<string> {
  return fetch(`${url}/mode/${mode}`, { method: 'POST' }).then((reply) => reply.text());
}

/** Whole or not at all: the gateway must never read half of it. */
function publish(file: string, endpoints: readonly Running[]): void {
  writeFileSync(`${file}.new`, JSON.stringify({ endpoints: endpoints.map(({ url }) => url) }));
  renameSync(`${file}.new`, file);
}

/** What clients saw. */
class Load {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #waiting = new Set<Promise<void>>();
  readonly faults: string[] = [];
  readonly endpoints = new Map<string, number>();
  sent = 0;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;

  constructor(url: string) {
    this.#url = url;
  }

  start(): void {
    this.#startedAt = performance.now();
    this.#timer = setInterval(() => {
      // A machine that was busy is caught up with, within reason: the load does not follow the gateway's pace.
      const due = Math.min(
        ((performance.now() - this.#startedAt) / 1000) * PER_SECOND,
        this.sent + PER_SECOND,
      );
      while (this.sent < due) this.#send();
    }, TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#waiting);
    this.#agent.destroy();
  }

  #send(): void {
    this.sent += 1;
    const nonce = `n${this.sent}x`;
    const one = this.#ask(nonce).then(
      (fault) => {
        if (fault !== undefined) this.faults.push(`${nonce}: ${fault}`);
      },
      (error: unknown) => void this.faults.push(`${nonce}: ${error}`),
    );
    this.#waiting.add(one);
    void one.then(() => this.#waiting.delete(one));
  }

  #ask(nonce: string): Promise<string | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
    const sent = request(`${this.#url}/echo?nonce=${nonce}`, { agent: this.#agent }, (reply) => {
      let text = '';
      reply.setEncoding('utf8');
      reply.on('data', (chunk: string) => {
        text += chunk;
      });
      reply.on('error', reject);
      reply.on('end', () => {
        const name = String(reply.headers['x-endpoint']);
        this.endpoints.set(name, (this.endpoints.get(name) ?? 0) + 1);
        if (reply.statusCode !== 200) resolve(`status ${reply.statusCode}: ${text}`);
        else resolve(text === `${nonce} `.repeat(50) ? undefined : `a wrong answer: ${text.slice(0, 80)}`);
      });
    });
    sent.on('error', reject);
    sent.end();
    return promise;
  }
}

const step = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, STEP_MS));

/** The sum of a metric's series whose labels hold all these. */
async function metric(gateway: ServedGateway, name: string, ...labels: readonly string[]): Promise<number> {
  const lines = (await gateway.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`));
  return lines
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

function configOf(file: string): Record<string, unknown> {
  return {
    // What is lost here is lost by the backends, and not refused by a machine that has too much to do.
    shedding: 'off',
    upstreams: {
      echo: {
        discover: { file: { path: file, poll: '100ms' } },
        // The first endpoint goes when there was little traffic yet, and on a busy machine many requests meet it at once:
        // a fifth of so few would be spent. All of it stays within the amplification below.
        retry: { max: 2, status: [500, 502, 503, 504], budget: { min: 50 } },
        hedge: { after: 'p95', minSamples: 50, budget: { ratio: 0.05 } },
        outliers: { consecutive5xx: 8, ejectFor: '1s', interval: '500ms', maxEjected: 50 },
        breaker: { windowCalls: 10, minimumCalls: 5, openFor: '500ms', rampUp: '500ms' },
      },
    },
    routes: [{ match: { path: '/echo' }, to: { upstream: 'echo' }, auth: 'none', deadline: '8s' }],
  };
}

describe('rolling replacement under load', { timeout: 60_000 * ROUNDS }, () => {
  test('no idempotent request is lost, none gets another’s answer, and the backends hardly notice', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'frontdesk-rolling-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'endpoints.json');
    let endpoints = await Promise.all([startEndpoint(t), startEndpoint(t), startEndpoint(t)]);
    publish(file, endpoints);
    const gateway = await serve(folder, configOf(file));
    t.after(() => gateway.stop());
    const load = new Load(gateway.url);
    load.start();
    await step();
    for (let round = 0; round < ROUNDS; round += 1) {
      const [first, second, third] = endpoints;
      assert.ok(first && second && third);
      // Killed, with its connections, and still in the file for a while.
      first.child.kill('SIGKILL');
      await step();
      const fourth = await startEndpoint(t);
      publish(file, [fourth, second, third]);
      await step();
      await tell(second, 'slow');
      await step();
      await tell(second, 'well');
      await step();
      await tell(third, 'errors');
      await step();
      await tell(third, 'well');
      await step();
      // All replaced at once; those that go are gone a moment later.
      const next = await Promise.all([startEndpoint(t), startEndpoint(t), startEndpoint(t)]);
      publish(file, next);
      await step();
      for (const { child } of [fourth, second, third]) child.kill('SIGKILL');
      await step();
      endpoints = next;
    }
    await load.stop();
    assert.deepEqual(load.faults.slice(0, 10), [], `${load.faults.length} of ${load.sent} failed`);
    assert.ok(load.sent >= 0.8 * PER_SECOND * 8 * (STEP_MS / 1000), `${load.sent} were sent`);
    assert.ok([...load.endpoints.keys()].some((name) => endpoints.some((one) => one.name === name)));

    const attempts = await metric(gateway, 'frontdesk_upstream_requests_total', 'upstream="echo"');
    const amplification = attempts / load.sent;
    t.diagnostic(`${load.sent} requests, ${attempts} attempts: amplification ${amplification.toFixed(3)}`);
    assert.ok(amplification <= 1.2, `${attempts} attempts for ${load.sent} requests`);

    const ejections = await metric(gateway, 'frontdesk_upstream_ejections_total', 'upstream="echo"');
    const retries = await metric(gateway, 'frontdesk_upstream_retries_total', 'upstream="echo"');
    const hedges = await metric(gateway, 'frontdesk_upstream_hedges_total', 'upstream="echo"');
    t.diagnostic(`${ejections} ejections, ${retries} retries, ${hedges} late calls`);
    const output = gateway.output();
    const breakerOpened = output.split('\n').filter((line) => line.includes('breaker')).length;
    t.diagnostic(`${breakerOpened} lines of the log on breakers`);
    assert.ok(retries > 0 && hedges > 0);
    assert.ok(ejections > 0 || breakerOpened > 0, 'somebody has decided something');
    assert.match(output, /eject|breaker/, 'and it is in the log');
    assert.match(output, /endpoint/, 'and so are the changes of the endpoints');
  });
});
