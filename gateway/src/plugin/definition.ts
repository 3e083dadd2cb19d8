/**
 * What a team's package exports: one step of its own, with its configuration and its place. These types are the whole of
 * what a plugin sees of the gateway; whatever is not here may change.
 */
import type { z } from 'zod';
import {
  anchorOf,
  DOOR_STEPS,
  type DoorStep,
  OUTBOUND_STEPS,
  type OutboundStep,
  type Place,
  ROUTE_STEPS,
  type RouteStep,
} from '../core/placed-steps.ts';

/** Header fields; names in any case. Fields that are hidden or protected are named in docs/PLUGINS.md. */
export interface PluginFields {
  /** The first value. */
  get(name: string): string | undefined;
  getAll(name: string): readonly string[];
  has(name: string): boolean;
  /** Replaces every value. @throws TypeError for a protected field, or what is no field. */
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  delete(name: string): void;
  [Symbol.iterator](): Iterator<[name: string, value: string]>;
}

/** Who asks, as the gateway proved it. A copy: changing it changes nothing. */
export interface PluginIdentity {
  readonly subject: string;
  readonly consumer: string | undefined;
  readonly tenant: string | undefined;
  readonly plan: string | undefined;
  readonly scopes: ReadonlySet<string>;
  readonly roles: readonly string[];
  /** How it was proved: `jwt`, `apiKey`. */
  readonly scheme: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** An answer: what `next()` gave, or what `respond` made. */
export interface PluginReply {
  status: number;
  readonly headers: PluginFields;
  /** Its bytes, where `reads.replyBytes` asks for them and it is no stream; else `undefined`. */
  readonly body: Uint8Array | undefined;
  /** Puts another body in its place: what described the old one (length, coding, digests, range) goes with it. */
  replaceBody(body: string | Uint8Array): void;
}

interface PluginMessage {
  /** The request's id. */
  readonly id: string;
  readonly method: string;
  readonly identity: PluginIdentity | undefined;
  readonly headers: PluginFields;
  /** Its bytes, where `reads.requestBytes` asks for them and it is no stream; else `undefined`. */
  readonly body: Uint8Array | undefined;
  /** What plugins tell each other of one request, its calls included. */
  readonly notes: Map<string, unknown>;
  /** Fires when nobody waits for an answer any more. */
  readonly signal: AbortSignal;
  /** Milliseconds until the request's deadline; Infinity where none has begun. */
  remainingMs(): number;
  /** Makes an answer; the step returns it instead of calling `next`. */
  respond(
    status: number,
    headers?: Readonly<Record<string, string>>,
    body?: string | Uint8Array,
  ): PluginReply;
}

/** A request of a client. */
export interface PluginRequest extends PluginMessage {
  /** `handshake`: asks for a WebSocket. `operation`: came over one of the graph or a BFF. */
  readonly kind: 'request' | 'handshake' | 'operation';
  readonly host: string | undefined;
  /** The canonical path: what is matched, authorised and sent. */
  readonly path: string;
  /** Without its `?`. */
  readonly query: string;
  /** The route's template; `undefined` at the door, where none is known yet. */
  readonly route: string | undefined;
  readonly client: { readonly address: string; readonly scheme: 'http' | 'https' };
}

/** A call to a backend. */
export interface PluginCall extends PluginMessage {
  /** Its name under `upstreams`. */
  readonly upstream: string;
  /** Path and query. */
  readonly path: string;
  /** 1 for the first try, where the step stands after `retry`. */
  readonly attempt: number;
  /** What caused it: a part, a fetch, a route. */
  readonly label: string | undefined;
}

/** The rest of the chain. It can be called once. Rejects with what refused or failed behind it: pass it on. */
export type PluginNext = () => Promise<PluginReply>;
export type PluginMiddleware = (
  request: PluginRequest,
  next: PluginNext,
) => Promise<PluginReply> | PluginReply;
export type PluginPolicy = (call: PluginCall, next: PluginNext) => Promise<PluginReply> | PluginReply;

/** What a plugin is made with, once for a configuration of it; reloads that leave that alone keep the plugin. */
export interface PluginContext {
  /** Its name in this configuration. */
  readonly name: string;
  /** The configuration file's folder, for paths. */
  readonly folder: string;
  readonly log: Readonly<
    Record<'info' | 'warn' | 'error', (fields: Readonly<Record<string, unknown>>, message: string) => void>
  >;
  /** Runs when no request can come to the plugin any more: ends timers and connections. */
  onClose(end: () => void | Promise<void>): void;
}

/** The steps beside which a middleware may stand. */
export type MiddlewareAnchor =
  | Extract<DoorStep, 'hygiene' | 'globalLimit' | 'match'>
  | Exclude<RouteStep, 'ipRules' | 'cors'>;
/** The steps beside which a policy may stand. */
export type PolicyAnchor = Extract<
  OutboundStep,
  | 'forwarding'
  | 'callHeaders'
  | 'markProofs'
  | 'cache'
  | 'singleFlight'
  | 'presentProofs'
  | 'reshapeJson'
  | 'reshape'
  | 'grpcReply'
  | 'retry'
  | 'observation'
>;

interface CommonDefinition<Config extends z.ZodType> {
  /** Lower-case letters, digits and `-`: what errors, logs and metrics call it. */
  readonly name: string;
  /** What its `config` holds; `z.strictObject({})` where nothing. */
  readonly config: Config;
  /** Bodies to read whole, each up to so many bytes (16 MiB at most). Default: bodies stream past it untouched. */
  readonly reads?: { readonly requestBytes?: number; readonly replyBytes?: number };
  /** Asks to see credentials (`authorization`, `cookie`, …), which the configuration must grant. Default: false. */
  readonly credentials?: boolean;
  /** Whether a request may go on without it (`onError: skip`): never for what decides who may. Default: false. */
  readonly skippable?: boolean;
}

export interface MiddlewareDefinition<Config extends z.ZodType> extends CommonDefinition<Config> {
  readonly place: Place<MiddlewareAnchor>;
  readonly middleware: (config: z.output<Config>, context: PluginContext) => PluginMiddleware;
  readonly policy?: undefined;
}

export interface PolicyDefinition<Config extends z.ZodType> extends CommonDefinition<Config> {
  readonly place: Place<PolicyAnchor>;
  readonly policy: (config: z.output<Config>, context: PluginContext) => PluginPolicy;
  readonly middleware?: undefined;
}

/** One step, opened with its configuration. */
export type OpenedPlugin =
  | { readonly face: 'middleware'; readonly run: PluginMiddleware }
  | { readonly face: 'policy'; readonly run: PluginPolicy };

export type Face = OpenedPlugin['face'];

export interface Plugin {
  readonly kind: 'frontdesk.plugin';
  readonly name: string;
  readonly face: Face;
  readonly place: Place;
  readonly config: z.ZodType;
  readonly reads: { readonly requestBytes: number; readonly replyBytes: number };
  readonly credentials: boolean;
  readonly skippable: boolean;
  /** Rejects what `config` does not fit. */
  open(config: unknown, context: PluginContext): OpenedPlugin;
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;
const MAX_READ_BYTES = 16 * 1024 * 1024;

/** Defines a plugin: a package's default export. @throws TypeError that names what is wrong. */
export function definePlugin<Config extends z.ZodType>(
  definition: MiddlewareDefinition<Config> | PolicyDefinition<Config>,
): Plugin {
  const { name, config, place, reads = {}, credentials = false, skippable = false } = definition;
  if (!NAME.test(name))
    throw new TypeError(`"${name}" is no name of a plugin: lower-case letters, digits and -`);
  const { requestBytes = 0, replyBytes = 0 } = reads;
  for (const bytes of [requestBytes, replyBytes])
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > MAX_READ_BYTES)
      throw new TypeError(
        `plugin ${name} reads bodies of ${bytes} bytes: expected at most ${MAX_READ_BYTES}`,
      );
  const face = definition.middleware ? 'middleware' : 'policy';
  const fault = placeFault(face, place);
  if (fault !== undefined) throw new TypeError(`plugin ${name}: ${fault}`);
  return {
    kind: 'frontdesk.plugin',
    name,
    face,
    place,
    config,
    reads: { requestBytes, replyBytes },
    credentials,
    skippable,
    open: (value, context) => {
      const parsed = config.parse(value);
      return definition.middleware
        ? { face: 'middleware', run: definition.middleware(parsed, context) }
        : { face: 'policy', run: definition.policy(parsed, context) };
    },
  };
}

/** Whether a value is what `definePlugin` made, also of another copy of this package. */
export function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'frontdesk.plugin';
}

/** Whether a place is at the door, before any route is known. */
export function isAtDoor(place: Place): boolean {
  return isOneOf(DOOR_STEPS, anchorOf(place));
}

/** Why no plugin of that face may stand there; `undefined` where it may. */
export function placeFault(face: Face, place: Place): string | undefined {
  const name = anchorOf(place);
  return face === 'middleware' ? middlewareFault(name, place) : policyFault(name, place);
}

function middlewareFault(name: string, place: Place): string | undefined {
  if (isOneOf(DOOR_STEPS, name)) {
    if (rankIn(DOOR_STEPS, 'hygiene') > rankIn(DOOR_STEPS, name) || place.before === 'hygiene')
      return `no plugin may stand before hygiene (asked: ${said(place)}): its failures would have no id, no log line and no answer, and fields by which a client pretends to be somebody would still be there`;
    return place.after === 'match' ? nothingAfter('match') : undefined;
  }
  if (isOneOf(ROUTE_STEPS, name)) {
    if (rankIn(ROUTE_STEPS, 'deadline') > rankIn(ROUTE_STEPS, name) || place.before === 'deadline')
      return `no plugin may stand before the route's deadline (asked: ${said(place)}): nothing would bound what comes behind it`;
    return place.after === 'handler' ? nothingAfter('handler') : undefined;
  }
  return unknownStep(name, [...DOOR_STEPS, ...ROUTE_STEPS]);
}

function policyFault(name: string, place: Place): string | undefined {
  if (!isOneOf(OUTBOUND_STEPS, name)) return unknownStep(name, OUTBOUND_STEPS);
  if (rankIn(OUTBOUND_STEPS, 'forwarding') > rankIn(OUTBOUND_STEPS, name) || place.before === 'forwarding')
    return `no plugin may stand before forwarding (asked: ${said(place)}): the client's own fields and credentials are still there`;
  if (rankIn(OUTBOUND_STEPS, 'observation') < rankIn(OUTBOUND_STEPS, name) || place.after === 'observation')
    return `no plugin may stand after observation (asked: ${said(place)}): its time and its failures would be the backend's, and open its breaker`;
  return undefined;
}

function said(place: Place): string {
  return place.before === undefined ? `after ${place.after}` : `before ${place.before}`;
}

function nothingAfter(name: string): string {
  return `nothing comes after ${name}: expected before: ${name}`;
}

function unknownStep(name: string, known: readonly string[]): string {
  return `no step is named "${name}": expected one of ${known.join(', ')}`;
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function rankIn(names: readonly string[], name: string): number {
  return names.indexOf(name);
}
