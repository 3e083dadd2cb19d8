/**
 * Which fields a subgraph receives. Where every subgraph gets the same fields of the client as they are, there is
 * nothing to work out for a call; rules beyond that are compiled for each subgraph.
 */
import type { GraphHeadersConfig, RequestRule } from './config.ts';

/** From the client's fields that any rule names to those that one subgraph receives: alternating names and values. */
export type RequestFields = (client: readonly string[]) => readonly string[];

/** Lower-case names of the client's fields that subgraphs may receive: no others need be looked at. */
export function clientFields({ forward, request, subgraphs }: GraphHeadersConfig): readonly string[] {
  const names = new Set(forward);
  for (const rule of [...request, ...Object.values(subgraphs).flat()]) {
    if ('forward' in rule) names.add(rule.forward);
  }
  return [...names];
}

/** Names that may be sent to one subgraph. */
export function sentFields({ forward, request, subgraphs }: GraphHeadersConfig, subgraph: string): string[] {
  const names = new Set(forward);
  for (const rule of [...request, ...rulesOf(subgraphs, subgraph)]) {
    if ('forward' in rule) names.add(rule.as ?? rule.forward);
    else if ('insert' in rule) names.add(rule.insert);
  }
  return [...names];
}

/** `undefined` where a subgraph gets the client's fields as they are. */
export function requestFields(config: GraphHeadersConfig, subgraph: string): RequestFields | undefined {
  const { forward, request, subgraphs } = config;
  const own = rulesOf(subgraphs, subgraph);
  const isPlain = request.length === 0 && own.length === 0;
  if (isPlain && clientFields(config).length === forward.length) return undefined;
  const rules: RequestRule[] = [...forward.map((name) => ({ forward: name })), ...request, ...own];
  return (client) => {
    let fields: string[] = [];
    for (const rule of rules) {
      if ('remove' in rule) fields = without(fields, rule.remove);
      else if ('insert' in rule) fields = [...without(fields, rule.insert), rule.insert, rule.value];
      else fields = forwarded(fields, client, rule);
    }
    return fields;
  };
}

function rulesOf(subgraphs: GraphHeadersConfig['subgraphs'], name: string): readonly RequestRule[] {
  return Object.hasOwn(subgraphs, name) ? (subgraphs[name] ?? []) : [];
}

function forwarded(
  fields: string[],
  client: readonly string[],
  rule: Extract<RequestRule, { forward: string }>,
): string[] {
  const name = rule.as ?? rule.forward;
  const found: string[] = [];
  for (let i = 0; i < client.length; i += 2)
    if (client[i] === rule.forward) found.push(name, client[i + 1] ?? '');
  if (found.length === 0 && rule.default !== undefined) found.push(name, rule.default);
  // What the client did not send replaces nothing.
  return found.length > 0 ? [...without(fields, name), ...found] : fields;
}

function without(fields: string[], name: string): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2)
    if (fields[i] !== name) kept.push(fields[i] ?? '', fields[i + 1] ?? '');
  return kept;
}
