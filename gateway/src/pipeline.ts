/**
 * THE inbound order: what a request goes through on its way down, and its reply on the way back up. The door is the
 * same for all; once `match` has found the route, the route's own steps follow. A step that a route does not need
 * is not in its chain.
 *
 * Why in this order: whoever is refused for want of time must cost next to nothing. Then the id comes first so that every line and refusal carries it; the log stands outside the error
 * boundary so that it sees what the client sees; nothing is looked up by a path that hygiene has not passed. The
 * route comes before authentication because routes choose their schemes, and before the consumer's limit because
 * limits are per route too. The body's size is checked last, when it is known that somebody may send one at all.
 */
import type { RouteAuthenticator } from './auth/authenticator.ts';
import { asksForNothing, NOTHING_REQUIRED, type RequiredGrants } from './auth/grants.ts';
import type { FrontdeskError } from './core/errors.ts';
import type { Exchange, Handler, Middleware, Reply } from './core/exchange.ts';
import type { Logger } from './core/log.ts';
import {
  composeOrdered,
  DOOR_STEPS,
  type DoorStep,
  inOrder,
  type NamedStep,
  type OrderedStep,
  type PlacedStep,
  ROUTE_STEPS,
  type RouteStep,
} from './core/placed-steps.ts';
import { type AccessLogOptions, accessLog } from './middleware/access-log.ts';
import { authenticate } from './middleware/authenticate.ts';
import { authenticateEarly } from './middleware/authenticate-early.ts';
import { authorize } from './middleware/authorize.ts';
import { bodyLimit } from './middleware/body-limit.ts';
import { confirmTenant, confirmTenantEarly } from './middleware/confirm-tenant.ts';
import { type ConsumerLimitOptions, consumerLimit, handshakeLimit } from './middleware/consumer-limit.ts';
import { deadline } from './middleware/deadline.ts';
import { errorBoundary } from './middleware/error-boundary.ts';
import { hygiene } from './middleware/hygiene.ts';
import { requestId } from './middleware/request-id.ts';
import { withMarks } from './middleware/step-marks.ts';
import type { Tracing } from './telemetry/traces/tracing.ts';
import type { IdSource } from './wire/trace-context.ts';

export interface DoorParts {
  readonly ids: IdSource;
  readonly log: AccessLogOptions;
  /** `undefined` where there are no traces. */
  readonly tracing?: Tracing | undefined;
  readonly logger: Logger;
  /** The names under which backends learn who asks. */
  readonly identityHeaders: readonly string[];
  /** The field by which a client states its tenant, for the match alone. */
  readonly tenantField?: string | undefined;
  /** Refuses what there is no time for, before it costs anything. */
  readonly shed?: Middleware | undefined;
  /** Fields that every answer carries, refusals included. */
  readonly replyFields?: Middleware | undefined;
  /** Who the client is behind proxies that are trusted. */
  readonly clientAddress?: Middleware | undefined;
  /** How long such a proxy still has a use for the answer. */
  readonly proxyDeadline?: Middleware | undefined;
  /** The client's certificate, as such a proxy tells of it. */
  readonly forwardedCertificate?: Middleware | undefined;
  /** Addresses that may come at all. */
  readonly ipRules?: Middleware | undefined;
  /** Limits on everybody together and on each address, before anything is known of who asks. */
  readonly globalLimit?: Middleware | undefined;
  /** Finds the route and goes on with its chain. */
  readonly match: Handler;
  /** Steps of teams, each with its place. */
  readonly plugins?: Plugins | undefined;
}

type Plugins = readonly PlacedStep<Exchange, Reply>[];
type Order = OrderedStep<Exchange, Reply>[];
type Steps<Name extends string> = readonly NamedStep<Exchange, Reply, Name>[];

/** What a route asks for beside what all routes have. What it does not ask for has no place in its chain. */
export interface RouteGuards {
  /** Addresses that may come here. */
  readonly ipRules?: Middleware | undefined;
  /** Answers browsers' preflights, before anything but the address is looked at. */
  readonly preflight?: Handler | undefined;
  /** Says which pages may read. */
  readonly cors?: Middleware | undefined;
  /** Takes people on their way to a page to the login. */
  readonly login?: Middleware | undefined;
  /** Refuses what a browser sent for another page's sake. */
  readonly csrf?: Middleware | undefined;
  /** Conditions on the identity and the request, here or at a decision point elsewhere. */
  readonly policies?: Middleware | undefined;
  /** Holds the request to a description of it. */
  readonly validate?: Middleware | undefined;
  /** Holds the reply to one, before it is coded. */
  readonly validateReply?: Middleware | undefined;
  /** Takes coded request bodies, and decodes them. */
  readonly decompress?: Middleware | undefined;
  /** Codes the reply as the client accepts it. */
  readonly compress?: Middleware | undefined;
}

export interface RouteParts {
  readonly deadlineMs: number;
  /** `undefined` for a route that asks nobody who they are. */
  readonly authenticator: RouteAuthenticator | undefined;
  /** Scopes and roles. Default: none. */
  readonly grants?: RequiredGrants | undefined;
  /** Whether the route is matched on a tenant, of which the identity must be. */
  readonly hasTenant?: boolean;
  /** `undefined` for a route that counts nobody's requests. */
  readonly limit: ConsumerLimitOptions | undefined;
  /** Says how much the request matters; `undefined` where nobody says anything. */
  readonly priority?: Middleware | undefined;
  readonly guards?: RouteGuards;
  /** Whether requests are traced. Default: no. */
  readonly traced?: boolean;
  /** Steps of teams, each with its place. */
  readonly plugins?: Plugins | undefined;
  readonly maxBodyBytes: number;
  readonly handler: Handler;
}

type OperationParts = Omit<RouteParts, 'maxBodyBytes'>;
type UpgradeParts = Omit<OperationParts, 'grants'>;

/** What every request goes through. */
export function doorChain(parts: DoorParts): Handler {
  return compose(doorOrder(parts), parts.match, parts.tracing !== undefined);
}

/** Its steps by name, in their order. */
export function doorOrder(parts: Omit<DoorParts, 'match'>): Order {
  const { ids, log, logger, identityHeaders, tenantField, tracing } = parts;
  const steps: Steps<DoorStep> = [
    ['shed', parts.shed],
    ['requestId', requestId(ids, tracing)],
    ['accessLog', accessLog({ ...log, tracing })],
    ['replyFields', parts.replyFields],
    ['errorBoundary', errorBoundary(logger)],
    ['clientAddress', parts.clientAddress],
    ['proxyDeadline', parts.proxyDeadline],
    ['forwardedCertificate', parts.forwardedCertificate],
    ['listenIpRules', parts.ipRules],
    ['hygiene', hygiene(identityHeaders, tenantField)],
    ['globalLimit', parts.globalLimit],
  ];
  return inOrder(DOOR_STEPS, steps, parts.plugins);
}

/** What a request goes through that the listener refused for its head: it gets an id, a line and its refusal. */
export function refusalChain(
  {
    ids,
    log,
    logger,
    replyFields,
    tracing,
  }: Pick<DoorParts, 'ids' | 'log' | 'logger' | 'replyFields' | 'tracing'>,
  error: FrontdeskError,
): Handler {
  const steps: Steps<DoorStep> = [
    ['requestId', requestId(ids, tracing)],
    ['accessLog', accessLog({ ...log, tracing })],
    ['replyFields', replyFields],
    ['errorBoundary', errorBoundary(logger)],
  ];
  return composeOrdered(inOrder(DOOR_STEPS, steps), () => Promise.reject(error));
}

/** What a request to the operators' port goes through. */
export function adminChain({ ids, logger }: Pick<DoorParts, 'ids' | 'logger'>, handler: Handler): Handler {
  const steps: Steps<DoorStep> = [
    ['requestId', requestId(ids)],
    ['errorBoundary', errorBoundary(logger)],
  ];
  return composeOrdered(inOrder(DOOR_STEPS, steps), handler);
}

/** What a request goes through once its route is known. */
export function routeChain(parts: RouteParts): Handler {
  return compose(routeOrder(parts), parts.handler, parts.traced);
}

/** Its steps by name, in their order. */
export function routeOrder(parts: Omit<RouteParts, 'handler'>): Order {
  const { authenticator, hasTenant, limit, priority, maxBodyBytes, deadlineMs } = parts;
  const { grants, guards = {} } = parts;
  const steps: Steps<RouteStep> = [
    ['ipRules', guards.ipRules],
    ['cors', guards.cors],
    ['deadline', deadline(deadlineMs)],
    ['login', guards.login],
    ['authenticate', authenticator && authenticate(authenticator)],
    ['csrf', guards.csrf],
    ['confirmTenant', authenticator && hasTenant ? confirmTenant(authenticator) : undefined],
    ['authorize', authenticator && granted(authenticator, grants)],
    ['policies', guards.policies],
    ['consumerLimit', limit && consumerLimit(limit)],
    ['priority', priority],
    ['decompress', guards.decompress],
    ['bodyLimit', bodyLimit(maxBodyBytes)],
    ['validate', guards.validate],
    ['compress', guards.compress],
    ['validateReply', guards.validateReply],
  ];
  return inOrder(ROUTE_STEPS, steps, parts.plugins);
}

/** What a browser's preflight goes through; `undefined` where none is answered. */
export function preflightChain({ ipRules, preflight }: RouteGuards): Handler | undefined {
  return preflight && composeOrdered(inOrder(ROUTE_STEPS, [['ipRules', ipRules]]), preflight);
}

/** What a browser goes through that wants a page which is the same for everybody. */
export function pageChain(handler: Handler, deadlineMs: number): Handler {
  const open = { authenticator: undefined, limit: undefined, maxBodyBytes: 0 };
  return routeChain({ ...open, deadlineMs, handler });
}

/**
 * What a handshake goes through that asks for a WebSocket: who has no credential yet may state it in the socket's first
 * message, which a browser's page can do no earlier.
 */
export function upgradeChain(parts: UpgradeParts): Handler {
  const { authenticator, hasTenant, limit, guards = {}, plugins, handler, deadlineMs } = parts;
  const steps: Steps<RouteStep> = [
    ['ipRules', guards.ipRules],
    ['deadline', deadline(deadlineMs)],
    ['authenticate', authenticator && authenticateEarly(authenticator)],
    ['csrf', guards.csrf],
    ['confirmTenant', authenticator && hasTenant ? confirmTenantEarly : undefined],
    ['consumerLimit', limit && handshakeLimit(limit)],
  ];
  return compose(inOrder(ROUTE_STEPS, steps, plugins), handler, parts.traced);
}

/** What one operation on a WebSocket goes through: does the identity still hold, may it, has it tokens left. */
export function operationChain(parts: OperationParts): Handler {
  const { authenticator, grants, hasTenant, limit, priority, guards = {}, handler, deadlineMs } = parts;
  const steps: Steps<RouteStep> = [
    ['deadline', deadline(deadlineMs)],
    ['authenticate', authenticator && authenticate(authenticator)],
    ['confirmTenant', authenticator && hasTenant ? confirmTenant(authenticator) : undefined],
    ['authorize', authenticator && granted(authenticator, grants)],
    ['policies', guards.policies],
    ['consumerLimit', limit && consumerLimit(limit)],
    ['priority', priority],
  ];
  return compose(inOrder(ROUTE_STEPS, steps, parts.plugins), handler, parts.traced);
}

function compose(order: Order, last: Handler, isTraced = false): Handler {
  return composeOrdered(isTraced ? withMarks(order) : order, last);
}

function granted(authenticator: RouteAuthenticator, grants = NOTHING_REQUIRED): Middleware | undefined {
  return asksForNothing(grants) ? undefined : authorize(authenticator, grants);
}
