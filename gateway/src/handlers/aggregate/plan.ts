/**
 * An aggregate, compiled: which part waits for which, as the templates say, and what each asks for. All that is wrong
 * is found here, before anything is served: unknown names, parts that wait for each other, members given twice.
 */
import { createHash } from 'node:crypto';
import { compileJsonRules, type JsonReshape, type JsonRules } from '../../wire/json/json-reshape.ts';
import { compileXmlToJson, type XmlToJson, type XmlToJsonConfig } from '../../wire/json/xml-to-json.ts';
import {
  type CompiledRequest,
  compileRequest,
  compileVariables,
  type TemplateFault,
} from './part-request.ts';
import { type Place, ROOTS, type TemplateSource } from './part-template.ts';
import { type TopNames, topNames } from './top-names.ts';

/** A part as its configuration gives it. */
export interface WrittenPart extends JsonRules {
  readonly upstream?: string | undefined;
  readonly method: string;
  readonly path?: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly graph?:
    | { readonly operation: string; readonly variables: Readonly<Record<string, unknown>> }
    | undefined;
  readonly required: boolean;
  readonly scopes: readonly string[];
  readonly timeout?: number | undefined;
  readonly fallback?:
    | {
        readonly lastGood?: number | undefined;
        readonly shared: boolean;
        readonly constant?: unknown;
      }
    | undefined;
  readonly on404: 'failure' | 'notFound' | 'none';
  readonly group?: string | undefined;
  readonly fromXml: XmlToJsonConfig;
}

export interface WrittenAggregate {
  readonly parts: Readonly<Record<string, WrittenPart>>;
  readonly maxSize: number;
  readonly errors?: string | undefined;
}

export type PartCall =
  | {
      readonly kind: 'rest';
      readonly upstream: string;
      readonly method: string;
      /** For messages: never a value. */
      readonly template: string;
      readonly request: CompiledRequest;
    }
  | {
      readonly kind: 'graph';
      readonly operation: string;
      readonly variables: (source: TemplateSource) => object;
    };

export interface PartPlan {
  readonly name: string;
  readonly written: WrittenPart;
  readonly call: PartCall;
  /** The parts whose values it is asked with. */
  readonly uses: readonly string[];
  /** Whether another part is asked with its value. */
  readonly isUsed: boolean;
  /** It is required, or a required part needs it. */
  readonly required: boolean;
  readonly top: TopNames;
  /** `undefined` where its value stays as it comes. */
  readonly reshape: JsonReshape | undefined;
  readonly readXml: XmlToJson;
  /** Tells its settings from any others'. */
  readonly digest: string;
}

export interface AggregatePlan {
  /** In the order of the configuration. */
  readonly parts: readonly PartPlan[];
  readonly readsBody: boolean;
  /** Whether an answer depends on who asks, or from where, by the templates. */
  readonly readsCaller: boolean;
  /** Header fields of the request that templates read; lower case. */
  readonly readsFields: readonly string[];
  /** Paths are below `parts`. What is planned is of no use where there are any. */
  readonly faults: readonly TemplateFault[];
}

export function planAggregate(aggregate: WrittenAggregate): AggregatePlan {
  return new Planning(aggregate).plan();
}

class Planning {
  readonly #aggregate: WrittenAggregate;
  readonly #names: ReadonlySet<string>;
  readonly #faults: TemplateFault[] = [];
  readonly #places: Place[] = [];
  readonly #uses = new Map<string, ReadonlySet<string>>();

  constructor(aggregate: WrittenAggregate) {
    this.#aggregate = aggregate;
    this.#names = new Set(Object.keys(aggregate.parts));
  }

  plan(): AggregatePlan {
    const calls = new Map<string, PartCall>();
    for (const [name, part] of Object.entries(this.#aggregate.parts)) {
      if (ROOTS.includes(name)) {
        this.#fault([name], `"${name}" means something else in templates: expected another name`);
      }
      calls.set(name, this.#callOf(name, part));
    }
    this.#cycles();
    this.#collisions();
    const needed = this.#needed();
    const used = new Set([...this.#uses.values()].flatMap((names) => [...names]));
    const parts = Object.entries(this.#aggregate.parts).flatMap(([name, written]): PartPlan[] => {
      const call = calls.get(name);
      if (!call || this.#faults.length > 0) return [];
      const { group, fromXml } = written;
      return [
        {
          name,
          written,
          call,
          uses: [...(this.#uses.get(name) ?? [])],
          isUsed: used.has(name),
          required: needed.has(name),
          top: topNames(written, group, written.fallback?.constant),
          reshape: hasRules(written) ? compileJsonRules(rulesOf(written)) : undefined,
          readXml: compileXmlToJson(fromXml),
          digest: createHash('sha256').update(JSON.stringify(written)).digest('base64url').slice(0, 16),
        },
      ];
    });
    const roots = new Set(this.#places.filter(({ isPart }) => !isPart).map(({ root }) => root));
    const fields = this.#places
      .filter(({ root, isPart }) => root === 'headers' && !isPart)
      .map(({ name }) => name.slice('headers.'.length).toLowerCase());
    return {
      parts,
      readsBody: roots.has('body'),
      readsCaller: roots.has('identity') || roots.has('client'),
      readsFields: [...new Set(fields)],
      faults: this.#faults,
    };
  }

  #callOf(name: string, part: WrittenPart): PartCall {
    const report = (path: PropertyKey[], message: string): void => this.#fault([name, ...path], message);
    const keep = (places: readonly Place[]): void => {
      this.#places.push(...places);
      this.#uses.set(name, new Set(places.filter(({ isPart }) => isPart).map(({ root }) => root)));
    };
    const { graph, upstream = '', method, path = '/' } = part;
    if (graph) {
      const variables = compileVariables(graph.variables, this.#names, report);
      keep(variables.places);
      return { kind: 'graph', operation: graph.operation, variables: variables.make };
    }
    const { query, headers, body } = part;
    const request = compileRequest({ path, query, headers, body }, this.#names, report);
    keep(request.places);
    return { kind: 'rest', upstream, method, template: path, request };
  }

  /** Each circle is told once, at the first of its parts. */
  #cycles(): void {
    const done = new Set<string>();
    const trail: string[] = [];
    const visit = (name: string): void => {
      if (done.has(name)) return;
      const seenAt = trail.indexOf(name);
      if (seenAt >= 0) {
        const circle = [...trail.slice(seenAt), name].join(' → ');
        this.#fault([name], `waits for itself: ${circle}; neither could ever start`);
        return;
      }
      trail.push(name);
      for (const used of this.#uses.get(name) ?? []) visit(used);
      trail.pop();
      done.add(name);
    };
    for (const name of this.#names) visit(name);
  }

  #collisions(): void {
    const taken = new Map<string, string>();
    for (const [name, part] of Object.entries(this.#aggregate.parts)) {
      const { names } = topNames(part, part.group, part.fallback?.constant);
      for (const member of names) {
        const other = taken.get(member);
        if (other === undefined) {
          taken.set(member, name);
          continue;
        }
        const path = part.group === undefined ? [name] : [name, 'group'];
        this.#fault(path, `"${member}" is given by part ${other} already`);
      }
      const { errors } = this.#aggregate;
      if (errors !== undefined && names.has(errors)) {
        this.#fault([name], `"${errors}" holds the errors of this aggregate already`);
      }
    }
  }

  /** Required parts and whatever they wait for: without that they fail too. */
  #needed(): ReadonlySet<string> {
    const needed = new Set<string>();
    const visit = (name: string): void => {
      if (needed.has(name)) return;
      needed.add(name);
      for (const used of this.#uses.get(name) ?? []) {
        if (this.#aggregate.parts[used]?.fallback) {
          this.#fault([used, 'fallback'], `would never be used: the required part ${name} needs this one`);
        }
        visit(used);
      }
    };
    for (const [name, { required }] of Object.entries(this.#aggregate.parts)) if (required) visit(name);
    return needed;
  }

  #fault(path: PropertyKey[], message: string): void {
    this.#faults.push({ path, message });
  }
}

function rulesOf({
  target,
  allow,
  deny,
  mapping,
  move,
  default: defaults,
  constant,
  flatmap,
}: WrittenPart): JsonRules {
  return { target, allow, deny, mapping, move, default: defaults, constant, flatmap };
}

function hasRules(part: WrittenPart): boolean {
  return Object.values(rulesOf(part)).some((rule) => rule !== undefined);
}
