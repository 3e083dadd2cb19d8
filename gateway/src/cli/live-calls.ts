/**
 * The backends of a configuration as a command asks them: through its upstreams and its graph, with their credentials, TLS
 * and discovery, and without anything that serves. State is this process's own: nothing is drawn from limits of others,
 * and nobody's flows are taken up.
 */

import { BackendStatusError } from '../bff/backend-failure.ts';
import { flowsConfig } from '../bff/flow/flow-config.ts';
import { type LiveAnswer, type LiveCall, restTarget } from '../bff-testing/recording-backends.ts';
import { type Config, configSchema } from '../config/schema.ts';
import { Cancellation } from '../core/abort.ts';
import { Deadline } from '../core/deadline.ts';
import type { CallContext } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import { Timeline } from '../core/timeline.ts';
import { openSource } from '../graph-feed/supergraph-source.ts';
import { callGraph } from '../handlers/bff/graph-call.ts';
import { callJson } from '../handlers/bff/json-call.ts';
import { openResidents, type Residents } from '../residents/residents.ts';
import { buildSnapshot, type Snapshot } from '../snapshot/snapshot.ts';
import { makeIdSource } from '../wire/trace-context.ts';
import { reasonOf } from './reason.ts';

/** The longest that an answer may take, milliseconds; an upstream's own limits are shorter as a rule. */
const CALL_LIMIT_MS = 10_000;

export interface LiveCalls {
  /** Rejects with an `Error` that says which call and why, for one that was not answered; a status is an answer. */
  ask(call: LiveCall, identity: Identity | undefined): Promise<LiveAnswer>;
  close(): Promise<void>;
}

/** `folder`: the configuration file's. Rejects with what makes the configuration impossible. */
export async function openLiveCalls(given: Config, folder: string): Promise<LiveCalls> {
  const config = callsAlone(given);
  const residents = await openResidents(config);
  try {
    const supergraphSdl = await readGraph(config, residents);
    const readiness = (): readonly string[] => [];
    const snapshot = await buildSnapshot({ config, folder, supergraphSdl, readiness, residents });
    await snapshot.upstreams.started;
    return {
      ask: (call, identity) => ask(call, { config, snapshot, context: contextOf(residents, identity) }),
      async close() {
        await snapshot.dispose();
        await residents.close();
      },
    };
  } catch (error) {
    await residents.close();
    throw error;
  }
}

/** What calls backends, and nothing that is called; nor what others keep of answers. */
function callsAlone(config: Config): Config {
  return {
    ...config,
    upstreams: Object.fromEntries(
      Object.entries(config.upstreams).map(([name, upstream]) => [name, { ...upstream, cache: undefined }]),
    ),
    state: 'memory',
    consumersFrom: 'configuration',
    routes: [],
    bffs: [],
    flows: flowsConfig.parse(undefined),
    telemetry: configSchema.parse({ telemetry: { accessLog: { enabled: false }, level: 'silent' } })
      .telemetry,
  };
}

async function readGraph(config: Config, residents: Residents): Promise<string | undefined> {
  const source = openSource(config, residents);
  try {
    return await source?.read();
  } finally {
    await source?.close();
  }
}

function contextOf({ clock }: Residents, identity: Identity | undefined): CallContext {
  const cancellation = new Cancellation();
  const deadline = new Deadline(clock, cancellation);
  deadline.within(CALL_LIMIT_MS);
  const ids = makeIdSource();
  const trace = { traceId: ids.traceId(), spanId: ids.spanId(), sampled: false, state: undefined };
  const timeline = new Timeline(() => clock.now());
  return {
    id: trace.traceId,
    client: undefined,
    host: undefined,
    identity,
    deadline,
    cancellation,
    timeline,
    trace,
  };
}

interface Asking {
  readonly config: Config;
  readonly snapshot: Snapshot;
  readonly context: CallContext;
}

async function ask(call: LiveCall, asking: Asking): Promise<LiveAnswer> {
  const [upstream = '', method = '', path] = call.to.split(' ');
  try {
    if (path !== undefined) return await askRest(upstream, method, path, call, asking);
    if (upstream === 'graph') return await askGraph(method, call, asking);
  } catch (error) {
    throw new Error(`${call.to}: ${reasonOf(error)}`, { cause: error });
  } finally {
    asking.context.deadline.end();
  }
  throw new Error(`${call.to}: gRPC is not recorded`);
}

async function askRest(
  upstream: string,
  method: string,
  template: string,
  { asked }: LiveCall,
  { config, snapshot, context }: Asking,
): Promise<LiveAnswer> {
  if (method === 'STREAM') throw new TypeError('event streams are not recorded');
  if (!Object.hasOwn(config.upstreams, upstream)) {
    const known = Object.keys(config.upstreams).join(', ') || 'none';
    throw new TypeError(`the configuration has no upstream ${upstream} (it has ${known})`);
  }
  const { headers, body } = { headers: {}, body: undefined, ...(typeof asked === 'object' ? asked : {}) };
  try {
    const answer = await callJson(snapshot.upstreams.call, {
      upstream,
      context,
      method,
      path: restTarget(template, asked),
      template,
      headers,
      body,
      idempotent: undefined,
      timeoutMs: undefined,
      label: 'record',
    });
    return { status: 200, answer };
  } catch (error) {
    // What a body says beside such a status no part is told.
    if (error instanceof BackendStatusError) return { status: error.backendStatus, answer: {} };
    throw error;
  }
}

async function askGraph(
  name: string,
  { asked, document }: LiveCall,
  { snapshot, context }: Asking,
): Promise<LiveAnswer> {
  if (document === undefined) {
    throw new TypeError('the recording has not the text of this operation: record it anew');
  }
  const { graph } = snapshot;
  if (!graph) throw new TypeError('the configuration has no graph');
  const variables = typeof asked === 'object' && asked !== null ? asked : {};
  const partial = (): never => {
    throw new TypeError('the graph answered a part of it alone: a recording would lack the rest');
  };
  const scope = { name, context, notePartial: partial };
  const data = await callGraph((request) => graph.executeObject(request), scope, document, variables);
  const answer: unknown = JSON.parse(JSON.stringify(data));
  return { status: 200, answer };
}
