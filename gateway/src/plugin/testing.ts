/**
 * For plugins' own tests: one message through a plugin, held as the gateway holds it, with a chain behind it that the test
 * says. No gateway, no socket.
 */
import { Cancellation } from '../core/abort.ts';
import { collect, emptyBody, WholeBody } from '../core/body.ts';
import { systemClock } from '../core/clock.ts';
import { Deadline } from '../core/deadline.ts';
import { type CallContext, type Exchange, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { Settlement } from '../core/settlement.ts';
import { Timeline } from '../core/timeline.ts';
import type { Plugin, PluginIdentity } from './definition.ts';
import { NO_NAMES, replyRules, requestRules } from './field-rules.ts';
import type { HeldPlugin } from './held.ts';
import { pluginMetrics } from './metrics.ts';
import { middlewareStep } from './middleware-step.ts';
import { openPlugin } from './opened.ts';
import { type Call, policyStep } from './policy-step.ts';

export interface TestMessage {
  /** Default: GET. */
  readonly method?: string;
  /** With its query. Default: `/`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly identity?: Partial<PluginIdentity>;
  /** Of calls. Default: `backend`. */
  readonly upstream?: string;
}

export interface Sent {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface TestOptions {
  /** As it stands in the gateway's configuration. Default: nothing. */
  readonly config?: unknown;
  readonly request?: TestMessage;
  /** What the chain behind it answers: an answer, or what throws. Default: 200. */
  readonly answer?:
    | {
        readonly status?: number;
        readonly headers?: Readonly<Record<string, string>>;
        readonly body?: string;
      }
    | ((sent: Sent) => never);
  /** Default: 1000. */
  readonly timeoutMs?: number;
  readonly onError?: 'fail' | 'skip';
  /** Whether it is shown credentials. Default: as it asks. */
  readonly credentials?: boolean;
}

export interface TestedPlugin {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** What went on behind it; `undefined` where it answered itself. */
  readonly sent: Sent | undefined;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Rejects as the request would: a `plugin_failed` with `plugin` and `reason` among its `members`. */
export async function testPlugin(plugin: Plugin, options: TestOptions = {}): Promise<TestedPlugin> {
  const { answer = {}, timeoutMs = 1_000, onError = 'fail' } = options;
  const metrics = pluginMetrics(noMeter);
  const parts = { clock: systemClock, logger: noLogger, metrics };
  const opened = openPlugin({
    plugin,
    name: plugin.name,
    config: options.config ?? {},
    folder: '.',
    ...parts,
  });
  const shows = options.credentials ?? plugin.credentials;
  const held: Omit<HeldPlugin, 'run'> = {
    ...parts,
    name: plugin.name,
    reads: plugin.reads,
    timeoutMs,
    skips: onError === 'skip',
    rules: { request: requestRules(NO_NAMES, shows), reply: replyRules(shows) },
    folder: '/',
    suspension: opened.suspension,
  };
  let sent: Sent | undefined;
  const behind = async ({ headers, body }: Pick<Call, 'headers' | 'body'>) => {
    sent = { headers: mapOf(headers), body: await textOf(body) };
    if (typeof answer === 'function') return answer(sent);
    return makeReply(
      answer.status ?? 200,
      HeaderFields.of(answer.headers ?? {}),
      new WholeBody(answer.body ?? ''),
    );
  };
  try {
    const { step } = opened;
    const message = messageOf(options.request ?? {});
    const reply =
      step.face === 'middleware'
        ? await middlewareStep({ ...held, run: step.run })(message.exchange, behind)
        : await policyStep({ ...held, run: step.run })(message.call, async (call) => {
            const { status, headers, body } = await behind(call);
            return { status, headers, body, settled: new Settlement().settled };
          });
    return { status: reply.status, headers: mapOf(reply.headers), body: await textOf(reply.body), sent };
  } finally {
    await opened.close();
  }
}

function messageOf(given: TestMessage): { readonly exchange: Exchange; readonly call: Call } {
  const { method = 'GET', path = '/', headers = {}, body, identity, upstream = 'backend' } = given;
  const cancellation = new Cancellation();
  const context: CallContext & Pick<Exchange, 'client' | 'host'> = {
    id: 'test-request',
    client: { address: '192.0.2.1', scheme: 'http' },
    host: 'api.example',
    identity: identity && {
      subject: 'somebody',
      consumer: undefined,
      tenant: undefined,
      plan: undefined,
      scopes: new Set(),
      roles: [],
      scheme: 'jwt',
      claims: {},
      ...identity,
      expiresAt: Number.POSITIVE_INFINITY,
    },
    deadline: new Deadline(systemClock, cancellation),
    cancellation,
    timeline: new Timeline(() => systemClock.now()),
    trace: { traceId: '0'.repeat(32), spanId: '0'.repeat(16), sampled: false, state: undefined },
  };
  const common = {
    method,
    headers: HeaderFields.of(headers),
    body: body === undefined ? emptyBody : new WholeBody(body),
  };
  const [pathname = '/', query = ''] = path.split('?', 2);
  return {
    exchange: {
      ...context,
      ...common,
      identity: context.identity,
      target: path,
      path: pathname,
      query,
      route: undefined,
      charge: async () => {},
      error: undefined,
      requestBytes: 0,
    },
    call: { ...common, context, upstream, path, label: undefined, stream: undefined, attempt: 1 },
  };
}

function mapOf(headers: HeaderFields): Map<string, string> {
  const map = new Map<string, string>();
  for (const [name] of headers) map.set(name, headers.getAll(name).join(', '));
  return map;
}

async function textOf(body: Exchange['body']): Promise<string> {
  const bytes = await collect(body, MAX_BODY_BYTES, (max) => new Error(`more than ${max} bytes`));
  return Buffer.from(bytes).toString();
}
