/**
 * The ride's backends in this process, gateways in their own, and the books of all of them held against each other: what a
 * ride came to is read where the money, the drivers and the trips are, never from what a gateway says.
 */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type FaultRule, startService, World } from '@frontdesk/subgraphs-mock';
import { ROOT } from '../stack/config.ts';
import { type ServedGateway, serve } from './gateway.ts';

const SERVICES = ['users', 'payments', 'notifications', 'dispatch', 'trips', 'recommendations'] as const;
export type RideService = (typeof SERVICES)[number];

const POLL_MS = 20;
const SETTLED_WITHIN_MS = 60_000;
/** In the middle of a city where several drivers wait. */
const PICKUP = { label: 'Cathedral', latitude: 50.94, longitude: 6.96 };
const DROPOFF = { label: 'Zoo', latitude: 50.95, longitude: 6.97 };
/** Riders, each with a key of their own. */
export const RIDERS = ['42', '7', '8', '9', '20'] as const;

interface Authorization {
  readonly id: string;
  readonly key: string;
  readonly status: string;
  readonly amount: { readonly amount: number };
}
interface Trip {
  readonly id: string;
  readonly key: string;
  readonly status: string;
  readonly rider: string;
  readonly reservation: string | null;
  readonly payment: string | null;
  readonly fare: { readonly amount: number };
}
interface Books {
  readonly payments: {
    readonly authorizations: readonly Authorization[];
    readonly totals: { readonly authorized: number; readonly captured: number };
    readonly charges: readonly unknown[];
  };
  readonly trips: { readonly trips: readonly Trip[] };
  readonly dispatch: { readonly reservations: readonly { readonly name: string }[] };
  readonly notifications: { readonly notifications: readonly { readonly key: string | null }[] };
}

export interface Asked {
  readonly status: number;
  readonly text: string;
  readonly replayed: boolean;
}

export class RideWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'frontdesk-ride-'));
  readonly #services = new Map<RideService, { readonly url: string; close(): Promise<void> }>();
  readonly #fares = new Map<string, object>();
  #gateways: ServedGateway[] = [];

  /** Trips stand still, so that none is over before it is counted. */
  async start(): Promise<void> {
    const world = new World();
    for (const name of SERVICES) {
      const service = await startService(name, { port: 0, world });
      this.#services.set(name, { url: `http://127.0.0.1:${service.port}`, close: () => service.close() });
    }
    await this.#tell('trips', '/__trips', { stepMs: 0 });
    for (const rider of RIDERS) {
      const from = `${PICKUP.latitude},${PICKUP.longitude}`;
      const query = `from=${from}&to=${DROPOFF.latitude},${DROPOFF.longitude}&rider=${rider}`;
      const { fare }: { fare: object } = await this.#read('trips', `/quotes?${query}`);
      this.#fares.set(rider, fare);
    }
  }

  async close(): Promise<void> {
    for (const gateway of this.#gateways) await gateway.stop();
    for (const service of this.#services.values()) await service.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A gateway with the mobile team's BFF. `upstream`: what holds of each of its upstreams besides. `name`: the BFF's. */
  async gateway(
    config: Record<string, unknown>,
    upstream: Record<string, unknown> = {},
    name = 'mobile',
  ): Promise<ServedGateway> {
    const at = (service: RideService, more: object = {}): object => ({
      url: this.urlOf(service),
      breaker: false,
      outliers: false,
      ...upstream,
      ...more,
    });
    const whole = {
      telemetry: { accessLog: { enabled: false } },
      auth: { apiKey: { header: 'x-api-key' } },
      plans: { riders: { limit: 'unlimited', scopes: ['rides:order'] } },
      consumers: RIDERS.map((id) => ({
        id,
        plan: 'riders',
        apiKeys: [{ id: 'phone', sha256: hash('sha256', `key-of-rider-${id}-0123456789`, 'hex') }],
      })),
      upstreams: {
        users: at('users'),
        recommendations: at('recommendations'),
        notifications: at('notifications'),
        dispatch: at('dispatch', { protocol: 'http2' }),
        trips: at('trips'),
        fares: at('payments'),
        payments: at('payments'),
      },
      bffs: [{ package: join(ROOT, 'bff-mobile/src/index.ts'), mount: '/mobile', name }],
      ...config,
    };
    // A port that was free may be somebody else's a moment later.
    const served = await serve(this.folder, whole).catch((error: unknown) => {
      if (!String(error).includes('is already in use')) throw error;
      return serve(this.folder, whole);
    });
    this.#gateways.push(served);
    return served;
  }

  /** As the machine's reaper does it: no word, no chance. Resolves once it is gone. */
  async kill(gateway: ServedGateway): Promise<void> {
    process.kill(gateway.pid, 'SIGKILL');
    await gateway.stop();
    this.#gateways = this.#gateways.filter((one) => one !== gateway);
  }

  urlOf(name: RideService): string {
    return this.#services.get(name)?.url ?? assert.fail(name);
  }

  /** What goes wrong at a service from now on; nothing where no rules are given. */
  async faults(name: RideService, ...rules: FaultRule[]): Promise<void> {
    await this.#tell(name, '/__faults', rules);
  }

  /** Resolves when so many requests were bitten since the rules were set. */
  async bitten(name: RideService, count = 1): Promise<void> {
    await this.#read(name, `/__faults/taken?count=${count}`);
  }

  async noFaults(): Promise<void> {
    for (const name of SERVICES) await this.faults(name);
  }

  /** Orders a ride; `undefined` where the gateway died meanwhile. */
  async order(gateway: ServedGateway, key: string, rider: string = RIDERS[0]): Promise<Asked | undefined> {
    return this.#post(gateway, '/mobile/rides', key, rider, {
      pickup: PICKUP,
      dropoff: DROPOFF,
      fare: this.#fares.get(rider),
    });
  }

  async cancel(gateway: ServedGateway, id: string, key: string, rider: string = RIDERS[0]) {
    return this.#post(gateway, `/mobile/rides/${id}/cancellation`, key, rider, {});
  }

  async #post(
    gateway: ServedGateway,
    path: string,
    key: string,
    rider: string,
    body: object,
  ): Promise<Asked | undefined> {
    const headers = {
      'x-api-key': `key-of-rider-${rider}-0123456789`,
      'idempotency-key': key,
      'content-type': 'application/json',
    };
    try {
      const reply = await fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      const text = await reply.text();
      return { status: reply.status, text, replayed: reply.headers.get('idempotent-replayed') === 'true' };
    } catch {
      return undefined;
    }
  }

  async books(): Promise<Books> {
    const payments: Books['payments'] = await this.#read('payments', '/__books');
    const trips: Books['trips'] = await this.#read('trips', '/__books');
    const dispatch: Books['dispatch'] = await this.#read('dispatch', '/__books');
    const notifications: Books['notifications'] = await this.#read('notifications', '/__books');
    return { payments, trips, dispatch, notifications };
  }

  /** Until no gateway has a run that is open, and says that none is stuck. */
  async settled(gateway: ServedGateway): Promise<void> {
    const until = performance.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const reply = await fetch(`${gateway.adminUrl}/admin/flows`);
      const { runs }: { runs: { state: string; reason: string | null }[] } = JSON.parse(await reply.text());
      const stuck = runs.find(({ state }) => state === 'stuck');
      if (stuck) assert.fail(`stuck: ${stuck.reason}`);
      if (runs.length === 0) return;
      if (performance.now() > until) assert.fail(`never settled: ${JSON.stringify(runs)}`);
      await wait(POLL_MS);
    }
  }

  /**
   * Money, drivers and trips add up: each trip that is on has its fare held once and its driver held, and nothing else is held.
   * Gives the trips that are on.
   */
  async addsUp(what: string): Promise<readonly Trip[]> {
    const { payments, trips, dispatch } = await this.books();
    const on = trips.trips.filter(({ status }) => status !== 'cancelled');
    const held = payments.authorizations.filter(({ status }) => status === 'authorized');
    const owed = on.map(({ payment, fare }) => `${payment} ${fare.amount}`).sort();
    assert.deepEqual(held.map(({ id, amount }) => `${id} ${amount.amount}`).sort(), owed, `${what}: money`);
    assert.equal(
      payments.totals.authorized,
      on.reduce((sum, { fare }) => sum + fare.amount, 0),
      `${what}: the total that is held`,
    );
    assert.deepEqual([payments.totals.captured, payments.charges.length], [0, 0], `${what}: charges`);
    const reserved = dispatch.reservations.map(({ name }) => name).sort();
    assert.deepEqual(reserved, on.map(({ reservation }) => reservation).sort(), `${what}: drivers`);
    assert.equal(new Set(trips.trips.map(({ key }) => key)).size, trips.trips.length, `${what}: trips`);
    return on;
  }

  async #read<Answer>(name: RideService, path: string): Promise<Answer> {
    const reply = await fetch(`${this.urlOf(name)}${path}`);
    const text = await reply.text();
    assert.ok(reply.ok, `${path}: ${reply.status} ${text}`);
    const answer: Answer = JSON.parse(text);
    return answer;
  }

  async #tell(name: RideService, path: string, body: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${this.urlOf(name)}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    assert.ok(reply.ok, `${path}: ${reply.status} ${await reply.text()}`);
  }
}
