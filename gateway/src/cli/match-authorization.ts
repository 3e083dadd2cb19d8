/**
 * What `match` says of who asks: the identity, each check in the order in which a request meets them, and what comes of
 * it. Nobody is called, unless decision points are to be asked.
 */
import { credentialFields } from '../auth/credential-fields.ts';
import { grantsText, hasRole, hasScope, lacking } from '../auth/grants.ts';
import type { Config } from '../config/schema.ts';
import type { Exchange } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import type { PlannedMount } from '../mounts/mount-plan.ts';
import type { DecisionConfig } from '../policy/config.ts';
import { inputFor, verdictOf } from '../policy/decision-point.ts';
import { type Cause, causesOf } from '../policy/explain.ts';
import { compileExpression } from '../policy/expression.ts';
import { hiddenFields, type PolicyInput, PolicyScope } from '../policy/input.ts';
import { requestText } from '../supergraph/http-text.ts';

export interface ToldCheck {
  /** `scheme`, `tenant`, `scopes`, `roles`, or `policy` and its name. */
  readonly check: string;
  /** `undefined`: a decision point was not asked. */
  readonly holds: boolean | undefined;
  readonly says: string;
  readonly causes?: readonly Cause[];
  /** What a decision point would be sent. */
  readonly input?: unknown;
}

export interface ToldAuthorization {
  readonly identity: Record<string, unknown> | null;
  readonly checks: readonly ToldCheck[];
  /** `passes`, a refusal such as `403 insufficient_scope`, or `passes, if …`. */
  readonly outcome: string;
}

export interface AuthorizationQuestion {
  readonly config: Pick<Config, 'auth' | 'policies' | 'upstreams'>;
  readonly mount: Pick<PlannedMount, 'auth' | 'grants' | 'policies' | 'guards'>;
  readonly identity: Identity | undefined;
  /** The tenant on which the route was matched. */
  readonly tenant: string | undefined;
  readonly request: Pick<Exchange, 'method' | 'host' | 'path' | 'query' | 'headers'> & {
    readonly address: string;
  };
  readonly params: Readonly<Record<string, string>>;
  /** Whether decision points are asked. */
  readonly ask: boolean;
  /** Wall clock, ms. */
  readonly wall: number;
}

export async function tellAuthorization(question: AuthorizationQuestion): Promise<ToldAuthorization> {
  const { mount, tenant } = question;
  const { auth, grants } = mount;
  const isAsked = auth.schemes.length > 0;
  const identity = isAsked ? question.identity : undefined;
  const checks: ToldCheck[] = [schemeCheck(question, identity)];
  if (tenant !== undefined) {
    const holds = identity?.tenant === tenant;
    checks.push({
      check: 'tenant',
      holds,
      says: `the route is for ${tenant}, the identity of ${identity?.tenant ?? 'no tenant'}`,
    });
  }
  for (const [check, required, has] of [
    ['scopes', grants.scopes, identity && hasScope(identity)],
    ['roles', grants.roles, identity && hasRole(identity)],
  ] as const) {
    if (required.length === 0) continue;
    const missing = has ? lacking(required, has) : 'an identity';
    checks.push({
      check,
      holds: missing === undefined,
      says: missing === undefined ? `has ${grantsText(required)}` : `lacks ${missing}`,
    });
  }
  for (const check of policyChecks(question, identity)) checks.push(await check);
  return {
    identity: identity ? shownIdentity(identity) : null,
    checks,
    outcome: outcomeOf(checks, identity !== undefined),
  };
}

function schemeCheck(
  { mount: { auth }, identity: given }: AuthorizationQuestion,
  identity: Identity | undefined,
): ToldCheck {
  const accepted = auth.schemes.join(auth.require === 'all' ? ' and ' : ' or ');
  if (auth.schemes.length === 0) {
    return {
      check: 'scheme',
      holds: true,
      says: given ? 'nobody is asked who they are, so nobody is known' : 'nobody is asked who they are',
    };
  }
  if (!identity)
    return {
      check: 'scheme',
      holds: auth.anonymous,
      says: `${accepted}${auth.anonymous ? ', or nobody' : ' is wanted'}`,
    };
  const holds = auth.schemes.some((scheme) => scheme === identity.scheme);
  return {
    check: 'scheme',
    holds,
    says: holds
      ? `${identity.scheme} is accepted${besides(auth, identity.scheme)}`
      : `${identity.scheme} is not accepted: ${accepted} is`,
  };
}

/** Where each scheme is asked for, what else has to come with the one that a caller has. */
function besides({ require, schemes }: PlannedMount['auth'], own: string): string {
  const others = require === 'all' ? schemes.filter((scheme) => scheme !== own) : [];
  return others.length === 0 ? '' : `, if ${others.join(' and ')} of the same caller comes with it`;
}

function* policyChecks(
  question: AuthorizationQuestion,
  identity: Identity | undefined,
): Generator<ToldCheck | Promise<ToldCheck>> {
  const { config, mount, request, params, wall } = question;
  const hidden = hiddenFields(credentialFields(config.auth));
  const input: PolicyInput = {
    ...request,
    identity,
    client: { address: request.address, scheme: 'http' },
    route: { template: '', kind: '', params, chain: () => Promise.reject(new Error('never run')) },
  };
  const scope = new PolicyScope(input, hidden, wall);
  for (const name of new Set(mount.policies)) {
    const policy = Object.hasOwn(config.policies, name) ? config.policies[name] : undefined;
    if (!policy) yield { check: `policy ${name}`, holds: false, says: 'there is no such policy' };
    else if ('allow' in policy) yield expressionCheck(`policy ${name}`, policy.allow, scope);
    else yield decisionCheck(`policy ${name}`, policy.opa, inputFor(policy.opa, input, hidden), question);
  }
  if (mount.guards?.allow !== undefined) yield expressionCheck('policy inline', mount.guards.allow, scope);
}

function expressionCheck(check: string, source: string, scope: PolicyScope): ToldCheck {
  const expression = compileExpression(source);
  const causes = causesOf(expression, scope);
  let holds = false;
  try {
    holds = expression.evaluate(scope);
  } catch {
    // An error denies; the causes say which.
  }
  return { check, holds, says: causes.map(causeLine).join('; '), causes };
}

function causeLine({ source, outcome, failure, values }: Cause): string {
  const known = values.length > 0 ? ` (${values.join(', ')})` : '';
  return `${source} ${failure === undefined ? `is ${outcome}${known}` : `fails: ${failure}`}`;
}

async function decisionCheck(
  check: string,
  decision: DecisionConfig,
  input: unknown,
  { config, ask }: AuthorizationQuestion,
): Promise<ToldCheck> {
  const { upstream, path } = decision;
  const told = `${upstream} POST /v1/data/${path}`;
  if (!ask)
    return {
      check,
      holds: undefined,
      says: `${told} is not asked (--ask asks); it would be sent ${JSON.stringify({ input })}`,
      input,
    };
  const base = config.upstreams[upstream]?.url;
  try {
    if (base === undefined) throw new Error('it has no url of its own');
    const url = `${base.replace(/\/$/, '')}/v1/data/${path}`;
    const headers = { 'content-type': 'application/json' };
    const reply = await requestText(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ input }),
      timeoutMs: decision.timeout,
    });
    if (reply.status !== 200) throw new Error(`status ${reply.status}`);
    const { outcome, detail } = verdictOf(JSON.parse(reply.text), decision.forward);
    return {
      check,
      holds: outcome === 'allowed',
      says: `${told} says ${outcome}${detail === undefined ? '' : `: ${detail}`}`,
      input,
    };
  } catch (error) {
    return {
      check,
      holds: false,
      says: `${told}: nobody can tell: ${error instanceof Error ? error.message : String(error)}`,
      input,
    };
  }
}

const CODES: Readonly<Record<string, string>> = {
  scheme: '401 unauthenticated',
  tenant: '403 forbidden',
  scopes: '403 insufficient_scope',
  roles: '403 forbidden',
};

/** The first that does not hold decides; what was not asked leaves it open. */
function outcomeOf(checks: readonly ToldCheck[], isKnown: boolean): string {
  const open: string[] = [];
  for (const { check, holds, says } of checks) {
    if (holds === undefined) open.push(check);
    if (holds !== false) continue;
    const code = says.includes('nobody can tell')
      ? '503 upstream_unavailable'
      : (CODES[check] ?? '403 forbidden');
    const refused = !isKnown && (check === 'scopes' || check === 'roles') ? '401 unauthenticated' : code;
    return open.length > 0
      ? `${refused} by ${check}, if not ${open.join(' or ')} before`
      : `${refused} by ${check}`;
  }
  return open.length > 0 ? `passes, if ${open.join(' and ')} allows it` : 'passes';
}

function shownIdentity({
  subject,
  consumer,
  tenant,
  plan,
  scheme,
  scopes,
  roles,
}: Identity): Record<string, unknown> {
  return { subject, consumer, tenant, plan, scheme, scopes: [...scopes], roles };
}

export function authorizationLines({ identity, checks, outcome }: ToldAuthorization): string[] {
  const known = Object.entries(identity ?? {}).flatMap(([key, value]) => {
    const text = Array.isArray(value) ? value.join(' ') : value;
    return text === undefined || text === '' ? [] : [`${key} ${String(text)}`];
  });
  const mark = (holds: boolean | undefined): string => (holds === undefined ? '?' : holds ? 'yes' : 'no');
  return [
    `  as ${known.join(', ') || 'nobody'}`,
    ...checks.map(({ check, holds, says }) => `    ${mark(holds).padEnd(4)}${check}: ${says}`),
    `  so it ${outcome.startsWith('passes') ? outcome : `is refused: ${outcome}`}`,
  ];
}
