/** What a gateway is started with, and what can be asked of it while it runs. */
import type { Server } from 'node:net';
import type { Config } from './config/schema.ts';
import type { AdminConfig } from './handlers/admin/admin-config.ts';
import type { ConnectionSource } from './listener/entrance.ts';
import type { Residents } from './residents/residents.ts';
import type { RequestTraces } from './telemetry/request-traces.ts';

export interface GatewayOptions {
  readonly config: Config;
  /** The configuration file's folder: BFF packages are looked for from here. */
  readonly folder: string;
  /** Takes what happens to each request, for people who look: `frontdesk bff dev`. Default: nobody does. */
  readonly traces?: RequestTraces | undefined;
  /** How operators see and change what is configured. Default: they do not. Of the first options alone. */
  readonly configuration?: AdminConfig | undefined;
  /** Where it stands among several processes. Default: it is the only one. Of the first options alone. */
  readonly place?: ProcessPlace | undefined;
}

/** What a process that serves has from another one. */
export interface ProcessPlace {
  /** Processes of this node that serve: what limits are shared by. Default 1. */
  readonly workers?: number;
  /** Where public connections come from, in place of the port. */
  readonly source?: ConnectionSource;
  /** A Unix socket for operators, in place of their port: whoever may open it is one. */
  readonly adminSocket?: string;
  /** Further reasons why it should get no traffic. */
  readonly notReady?: () => readonly string[];
  /** Asked when it is time to listen: the socket that the process before this one listened on. */
  readonly inherit?: (listener: 'public' | 'admin') => Promise<Server | undefined>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A configuration that is built and does not serve yet. No other is built until one of the two is called, once. */
export interface Prepared {
  /** It serves what begins from now on. */
  commit(): Promise<void>;
  /** All stays as it was. */
  abandon(): Promise<void>;
}

export interface Running {
  readonly addresses: { readonly public: Address; readonly admin: Address | undefined };
  /** Takes over another configuration, whole or not at all. `listen`, `admin`, `workers` and `state` stay as they are. */
  replace(options: GatewayOptions): Promise<void>;
  /** The first half of `replace`: so that several processes can take over together, or none. */
  prepare(options: GatewayOptions): Promise<Prepared>;
  /** What another process may go on listening on. */
  readonly listening: { readonly public: Server | undefined; readonly admin: Server | undefined };
  /** Its log and its metrics, for whoever puts configurations into force. */
  readonly telemetry: Pick<Residents, 'logger'> & { readonly meter: Residents['metrics'] };
  /** Requests that have no answer yet. */
  readonly requestsInFlight: number;
  /** Why it should get no traffic. */
  notReady(): readonly string[];
  /** Whether an error for which nobody waits is of a BFF's code, and so no reason to end. Then it has been told. */
  holds(error: unknown, kind: 'rejection' | 'exception'): boolean;
  /**
   * Finishes what is under way, for as long as `listen.drain` allows, and ends. `announceMs`: how long it goes on as before
   * while it says that it is not ready; by default as `listen.drain` says.
   */
  drain(announceMs?: number): Promise<void>;
}
