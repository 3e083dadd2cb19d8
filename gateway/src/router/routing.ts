/** Reads a client's type, an API version and a tenant from a request, as `routing` of the configuration says. */
import { hostName } from './host-pattern.ts';
import type { PathPattern } from './path-pattern.ts';
import type { RequestView } from './request-view.ts';
import type { RoutingConfig } from './routing-config.ts';
import { compileValueTest, type ValueMatch, type ValueTest } from './value-test.ts';

/** Reads one value of a request; `undefined` where it is not there. */
export type Read = (view: RequestView) => string | undefined;

/** One thing that must hold of a request. */
export interface Condition {
  /** What is asked, in words: `header x-beta`. */
  readonly subject: string;
  /** Equal for conditions that read the same value. */
  readonly id: string;
  readonly test: ValueTest;
  readonly read: Read;
}

/** The conditions that need nothing but the request; of a route or of a client type. */
export interface RequestConditions {
  readonly headers?: Readonly<Record<string, ValueMatch>> | undefined;
  readonly query?: Readonly<Record<string, ValueMatch>> | undefined;
  readonly cookies?: Readonly<Record<string, ValueMatch>> | undefined;
}

export interface Routing {
  readonly clientType: Read;
  /** `undefined` where no version is configured, as is the tenant. */
  readonly version: Read | undefined;
  readonly tenant: Tenant | undefined;
}

/** Where a tenant is read, or the path parameter that holds it. */
export type Tenant = { readonly read: Read } | { readonly param: string };

export const NO_ROUTING: Routing = { clientType: () => undefined, version: undefined, tenant: undefined };

export function compileRouting({ clientTypes, versions, tenant }: RoutingConfig): Routing {
  return {
    clientType: clientTypeReader(clientTypes),
    version: versions && versionReader(versions),
    tenant: tenant && tenantReader(tenant),
  };
}

export function holds({ test, read }: Condition, view: RequestView): boolean {
  return test.passes(read(view));
}

/** @throws RegexError */
export function compileRequestConditions({ headers, query, cookies }: RequestConditions): Condition[] {
  return [
    ...conditionsOf('header', headers, (name) => {
      const lower = name.toLowerCase();
      return [lower, (view) => view.header(lower)];
    }),
    ...conditionsOf('query parameter', query, (name) => [name, (view) => view.queryParam(name)]),
    ...conditionsOf('cookie', cookies, (name) => [name, (view) => view.cookie(name)]),
  ];
}

function conditionsOf(
  what: string,
  matches: Readonly<Record<string, ValueMatch>> | undefined,
  reader: (name: string) => readonly [name: string, read: Read],
): Condition[] {
  return Object.entries(matches ?? {}).map(([written, match]) => {
    const [name, read] = reader(written);
    const subject = `${what} ${name}`;
    return { subject, id: subject, test: compileValueTest(match), read };
  });
}

function clientTypeReader(config: RoutingConfig['clientTypes']): Read {
  const types = Object.entries(config).map(([name, entries]) => ({
    name,
    entries: entries.map(compileRequestConditions),
  }));
  return (view) =>
    types.find(({ entries }) =>
      entries.some((conditions) => conditions.every((condition) => holds(condition, view))),
    )?.name;
}

function versionReader({
  header,
  acceptParam,
  default: standard,
}: NonNullable<RoutingConfig['versions']>): Read {
  return (view) => {
    const stated = header === undefined ? undefined : view.header(header);
    if (stated !== undefined) return stated.trim();
    const accept = acceptParam === undefined ? undefined : view.header('accept');
    return (accept && acceptVersion(accept, acceptParam ?? '')) || standard;
  };
}

/** The parameter of the media range that is wanted most and has one; of equals the first (RFC 9110 §12.5.1). */
export function acceptVersion(accept: string, param: string): string | undefined {
  let best: string | undefined;
  let bestWeight = 0;
  for (const range of splitOutsideQuotes(accept, ',')) {
    let version: string | undefined;
    let weight = 1;
    for (const part of splitOutsideQuotes(range, ';').slice(1)) {
      const equals = part.indexOf('=');
      if (equals < 0) continue;
      const name = part.slice(0, equals).trim().toLowerCase();
      const value = unquoted(part.slice(equals + 1).trim());
      if (name === param) version ??= value;
      else if (name === 'q') weight = Number(value) || 0;
    }
    if (version === undefined || version === '' || weight <= bestWeight) continue;
    best = version;
    bestWeight = weight;
  }
  return best;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  if (!text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charAt(i);
    if (isQuoted && character === '\\') i += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.replace(/^"|"$/g, '').replaceAll(/\\(.)/g, '$1') : value;
}

function tenantReader({ header, host, param }: NonNullable<RoutingConfig['tenant']>): Tenant {
  if (param !== undefined) return { param };
  if (header !== undefined) {
    return { read: (view) => view.request.statedTenant ?? view.header(header) };
  }
  const suffix = (host ?? '').slice(1);
  return { read: (view) => hostLabel(hostName(view.request.host), suffix) };
}

/** The one label before `suffix`, which begins with a dot. */
function hostLabel(name: string, suffix: string): string | undefined {
  if (!name.endsWith(suffix)) return undefined;
  const label = name.slice(0, -suffix.length);
  return label === '' || label.includes('.') ? undefined : label;
}

/** How the tenant is read on a route of this path; `undefined` where the path lacks the parameter. */
export function tenantRead(
  tenant: Tenant,
  path: PathPattern | undefined,
): { read: Read; id: string } | undefined {
  if ('read' in tenant) return { read: tenant.read, id: 'tenant' };
  const index = path?.params.find(({ name }) => name === tenant.param)?.index;
  return index === undefined
    ? undefined
    : { read: (view) => view.segment(index), id: `tenant in segment ${index}` };
}
