/**
 * `google.api.http` of a service's methods as bindings: which request means which call, and which part of it is in the
 * path, the body and the query. Checked whole when the schema is read, so that no request meets a rule that is wrong.
 */
import { compareTemplates, type HttpTemplate, parseHttpTemplate, templateShape } from './http-template.ts';
import type { FieldPlan, MessagePlan, MethodPlan, ServicePlan } from './plan.ts';
import { ProtoSchemaError } from './schema-error.ts';

/** Where a value of the path or the query goes: the fields from the request's own to the one that holds it. */
export type FieldPath = readonly FieldPlan[];

export interface HttpBinding {
  readonly method: MethodPlan;
  /** `GET`. */
  readonly verb: string;
  readonly template: HttpTemplate;
  /** One for each of the template's variables. */
  readonly variables: readonly FieldPath[];
  /** The whole message, one field of it, or nothing. */
  readonly body: '*' | FieldPlan | undefined;
  /** The one field that is the reply; the whole message where `undefined`. */
  readonly responseBody: FieldPlan | undefined;
}

const VERBS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** The bindings of these services, those that say most first. Throws `ProtoSchemaError`. */
export function compileBindings(services: readonly ServicePlan[]): HttpBinding[] {
  const bindings: HttpBinding[] = [];
  for (const { methods } of services) for (const method of methods) addBindings(method, bindings);
  const seen = new Map<string, HttpBinding>();
  for (const binding of bindings) {
    const key = `${binding.verb} ${templateShape(binding.template)}`;
    const first = seen.get(key);
    if (first)
      throw fault(
        binding.method,
        `it answers ${key}, and so does ${first.method.path} (${first.method.source})`,
      );
    seen.set(key, binding);
  }
  return bindings.sort((a, b) => compareTemplates(a.template, b.template));
}

function addBindings(method: MethodPlan, bindings: HttpBinding[]): void {
  const { http } = method;
  if (http === undefined) return;
  const rule = recordOf(http, method);
  bindings.push(bindingOf(method, rule));
  const more = rule.additional_bindings;
  for (const one of more === undefined ? [] : [more].flat()) {
    const additional = recordOf(one, method);
    if (additional.additional_bindings !== undefined) throw fault(method, 'nests additional_bindings');
    bindings.push(bindingOf(method, additional));
  }
}

function bindingOf(method: MethodPlan, rule: Readonly<Record<string, unknown>>): HttpBinding {
  const { verb, path } = patternOf(method, rule);
  let template: HttpTemplate;
  try {
    template = parseHttpTemplate(path);
  } catch (error) {
    throw fault(method, `the template "${path}" ${error instanceof Error ? error.message : String(error)}`);
  }
  const variables = template.variables.map(({ fieldPath }) => {
    const found = resolveFieldPath(method.request, fieldPath);
    if (!found?.every(({ shape }) => shape === 'single') || found.at(-1)?.value.kind === 'message') {
      throw fault(
        method,
        `"${fieldPath.join('.')}" of "${path}" is no single value of ${method.request.fullName}`,
      );
    }
    return found;
  });
  const body = textOf(rule.body);
  const responseBody = textOf(rule.response_body);
  return {
    method,
    verb,
    template,
    variables,
    body: body === '*' ? '*' : body === '' ? undefined : fieldOf(method, method.request, body),
    responseBody: responseBody === '' ? undefined : fieldOf(method, method.response, responseBody),
  };
}

function patternOf(
  method: MethodPlan,
  rule: Readonly<Record<string, unknown>>,
): { verb: string; path: string } {
  for (const verb of VERBS) {
    const path = rule[verb];
    if (typeof path === 'string') return { verb: verb.toUpperCase(), path };
  }
  if (rule.custom !== undefined) {
    const { kind, path } = recordOf(rule.custom, method);
    if (typeof kind === 'string' && typeof path === 'string') return { verb: kind.toUpperCase(), path };
  }
  throw fault(method, 'has no pattern: get, put, post, delete, patch or custom');
}

/** The fields that a path of names means, by either of their names; `undefined` where there are none. */
export function resolveFieldPath(plan: MessagePlan, names: readonly string[]): FieldPath | undefined {
  const path: FieldPlan[] = [];
  let within: MessagePlan | undefined = plan;
  for (const name of names) {
    const field: FieldPlan | undefined = within?.byName.get(name);
    if (!field) return undefined;
    path.push(field);
    within = field.value.kind === 'message' && field.shape === 'single' ? field.value.message : undefined;
  }
  return path;
}

function fieldOf(method: MethodPlan, plan: MessagePlan, name: string): FieldPlan {
  const field = plan.byName.get(name);
  if (!field) throw fault(method, `"${name}" is no field of ${plan.fullName}`);
  return field;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function recordOf(value: unknown, method: MethodPlan): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault(method, 'is no rule');
  return { ...value };
}

function fault({ path, source }: MethodPlan, why: string): ProtoSchemaError {
  return new ProtoSchemaError(`${source}: google.api.http of ${path}: ${why}`);
}
