/**
 * Where an experiment runs: its times, the processes that it starts, and their end. What several experiments share (a
 * gateway with a route for each) is started by the first of them.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EchoBackend } from './echo-backend.ts';
import { FaultProxy } from './fault-proxy.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import { type Caller, Load, type LoadOptions } from './load.ts';
import { Redis } from './redis.ts';
import type { RecoveryOptions, Tally } from './tally.ts';

export interface Scale {
  readonly isShort: boolean;
  readonly baselineMs: number;
  readonly faultMs: number;
  readonly recoveryMs: number;
  /** Requests a second. */
  readonly perSecond: number;
  /** Of the time after a fault: so long is one window, so many good ones in a row are a recovery. */
  readonly windowMs: number;
  readonly windows: number;
  /** How long the soak goes on; others have none. */
  readonly soakMs?: number;
  /** A core for gateways, where there are two. */
  readonly pin: boolean;
}

export interface Phases {
  readonly started: number;
  readonly fault: number;
  readonly healed: number;
  readonly ended: number;
}

const UNTIL_MS = 30_000;

export class Lab {
  readonly scale: Scale;
  readonly folder = mkdtempSync(join(tmpdir(), 'frontdesk-chaos-'));
  readonly #ends: (() => Promise<void>)[] = [];
  readonly #gateways: Gateway[] = [];
  readonly #shared = new Map<string, Promise<unknown>>();

  constructor(scale: Scale) {
    this.scale = scale;
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
  }

  /** Waits for what a machine that is slow takes longer for; no longer than half a minute. */
  async until(is: () => boolean): Promise<void> {
    const end = performance.now() + UNTIL_MS;
    while (!is() && performance.now() < end) await this.wait(20);
  }

  /** What the first who asks makes. */
  async shared<T>(name: string, make: () => Promise<T>, is: (value: unknown) => value is T): Promise<T> {
    const known = this.#shared.get(name) ?? make();
    this.#shared.set(name, known);
    const value = await known;
    if (!is(value)) throw new TypeError(`${name} is something else`);
    return value;
  }

  async gateway(options: Omit<GatewayOptions, 'folder'>): Promise<Gateway> {
    const under = [...(this.scale.pin ? ['taskset', '-c', '1'] : []), ...(options.under ?? [])];
    const gateway = await Gateway.start({ ...options, folder: this.folder, under });
    this.#gateways.push(gateway);
    this.atEnd(() => gateway.stop());
    return gateway;
  }

  /** Of all gateways: errors that nobody handled, and ends without being told to. */
  get crashes(): readonly string[] {
    return this.#gateways.flatMap(({ crashes }) => crashes);
  }

  async backend(port?: number, address?: string): Promise<EchoBackend> {
    const backend = await EchoBackend.start(port, address);
    this.atEnd(() => backend.kill());
    return backend;
  }

  async proxy(target: number): Promise<FaultProxy> {
    const proxy = await FaultProxy.start(target);
    this.atEnd(() => proxy.close());
    return proxy;
  }

  async redis(program: string): Promise<Redis> {
    const redis = await Redis.start(program);
    this.atEnd(() => redis.kill());
    return redis;
  }

  load(gateway: Gateway, options: Omit<LoadOptions, 'port' | 'perSecond'> & { perSecond?: number }): Load {
    return new Load({ perSecond: this.scale.perSecond, ...options, port: gateway.port }).start();
  }

  /** A baseline, the fault for its time, what heals it, and the time of recovery. `begin` resolves with the healing. */
  async phases(begin: () => Promise<() => Promise<unknown>>): Promise<Phases> {
    const started = performance.now();
    await this.wait(this.scale.baselineMs);
    const fault = performance.now();
    const heal = await begin();
    await this.wait(this.scale.faultMs - (performance.now() - fault));
    await heal();
    const healed = performance.now();
    await this.wait(this.scale.recoveryMs);
    return { started, fault, healed, ended: performance.now() };
  }

  recoveryMs(tally: Tally, phases: Phases, good?: RecoveryOptions['good']): number {
    const { windowMs, windows } = this.scale;
    const { started, fault, healed } = phases;
    return tally.recoveryMs({ from: started, fault, healed, windowMs, windows, ...(good ? { good } : {}) });
  }

  atEnd(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  /** The last first. */
  async close(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
    this.#shared.clear();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Consumers with an API key each. */
export const CONSUMERS = ['amber', 'birch', 'cedar', 'delta'] as const;

export function keyOf(consumer: string): string {
  return `test-key-of-the-consumer-${consumer}`;
}

export const CALLERS: readonly Caller[] = CONSUMERS.map((identity) => callerOf(identity));

export function callerOf(identity: string): Caller {
  return { identity, head: `X-Api-Key: ${keyOf(identity)}\r\n` };
}

/** An entry of `consumers`. */
export function consumerEntry(id: string, plan?: string): Record<string, unknown> {
  const sha256 = createHash('sha256').update(keyOf(id)).digest('hex');
  return { id, ...(plan === undefined ? {} : { plan }), apiKeys: [{ id: 'k', sha256 }] };
}
