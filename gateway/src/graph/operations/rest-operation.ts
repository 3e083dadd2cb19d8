/**
 * A named operation of the graph with a route: `query Order($id: ID!) @rest(path: "/orders/{id}") { … }`. The directive is
 * ours alone: it is taken off before the graph sees the document. Its arguments are constants:
 *
 * - `path`: below the mount, with variables as `{name}`;
 * - `method`: GET (queries, by default), POST (mutations, by default), PUT, PATCH or DELETE;
 * - `data`: the one field of the data that is the answer; by default the whole of it;
 * - `body`: the variable that the whole body is; by default its members are variables by their names;
 * - `status`: of a success, 200 by default; `scopes`: what a caller must have; `summary`: for descriptions.
 */
import {
  type DirectiveNode,
  type DocumentNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  print,
  type TypeNode,
  valueFromASTUntyped,
} from 'graphql';

export type RestMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RestVariable {
  readonly name: string;
  readonly type: TypeNode;
  /** Whether it must be given: non-null, and without a default. */
  readonly required: boolean;
}

export interface RestOperation {
  /** Its identifier as a registered document, too. */
  readonly name: string;
  readonly method: RestMethod;
  /** Below the mount: `/orders/{id}`. */
  readonly path: string;
  readonly parameters: readonly string[];
  readonly variables: ReadonlyMap<string, RestVariable>;
  /** The field of the data that is the answer; `undefined`: all of it. */
  readonly data: string | undefined;
  /** The variable that the whole body is; `undefined`: its members are variables. */
  readonly body: string | undefined;
  readonly status: number;
  readonly scopes: readonly string[];
  readonly summary: string | undefined;
  /** The document, without the directive. */
  readonly text: string;
  readonly definition: OperationDefinitionNode;
  readonly document: DocumentNode;
}

/** Counted from 1. */
export interface OperationFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface ParsedOperations {
  readonly operations: readonly RestOperation[];
  readonly faults: readonly OperationFault[];
}

const DIRECTIVE = 'rest';
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const ARGUMENTS: ReadonlySet<string> = new Set([
  'path',
  'method',
  'data',
  'body',
  'status',
  'scopes',
  'summary',
]);
const MAX_TOKENS = 5000;
const SEGMENT = /^(?:[A-Za-z0-9._~-]+|\{[A-Za-z_][A-Za-z0-9_]*\})$/;

/** The operations of one file, and what is wrong with it. Nothing is held to a schema here. */
export function parseRestOperations(text: string): ParsedOperations {
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const [at = { line: 1, column: 1 }] = error.locations ?? [];
    return { operations: [], faults: [{ ...at, message: error.message }] };
  }
  const operations: RestOperation[] = [];
  const faults: OperationFault[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) continue;
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      const operation = new Reading(document, definition, faults).operation();
      if (operation) operations.push(operation);
    } else faults.push({ ...placeOf(definition), message: 'expected operations and fragments alone' });
  }
  return { operations, faults };
}

class Reading {
  readonly #document: DocumentNode;
  readonly #definition: OperationDefinitionNode;
  readonly #faults: OperationFault[];
  #isGood = true;

  constructor(document: DocumentNode, definition: OperationDefinitionNode, faults: OperationFault[]) {
    this.#document = document;
    this.#definition = definition;
    this.#faults = faults;
  }

  operation(): RestOperation | undefined {
    const { name, operation, directives = [], variableDefinitions = [] } = this.#definition;
    const [directive, second] = directives.filter((one) => one.name.value === DIRECTIVE);
    if (!name) return this.#refuse(this.#definition, 'expected a name: query Order … { … }');
    if (!directive) return this.#refuse(name, `${name.value} lacks its route: @rest(path: "/…")`);
    if (second) this.#refuse(second, '@rest stands once');
    if (operation === OperationTypeNode.SUBSCRIPTION) {
      return this.#refuse(
        this.#definition,
        'a subscription has no answer to give once: expected a query or a mutation',
      );
    }
    const said = this.#arguments(directive);
    const variables = new Map(
      variableDefinitions.map(({ variable, type, defaultValue }) => {
        const required = type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined;
        return [variable.name.value, { name: variable.name.value, type, required }] as const;
      }),
    );
    const isQuery = operation === OperationTypeNode.QUERY;
    const method = this.#method(directive, said.get('method'), isQuery);
    const { path, parameters } = this.#path(directive, said.get('path'), variables);
    const body = this.#text(directive, said, 'body');
    if (body !== undefined && !variables.has(body))
      this.#refuse(directive, `body: there is no variable $${body}`);
    if (body !== undefined && method === 'GET') this.#refuse(directive, 'body: a GET has none');
    const data = this.#text(directive, said, 'data');
    if (data !== undefined && !this.#selects(data))
      this.#refuse(directive, `data: the operation selects no ${data}`);
    const status = said.get('status') ?? 200;
    if (typeof status !== 'number' || status < 200 || status > 299)
      this.#refuse(directive, 'status: expected 200 to 299');
    const scopes = said.get('scopes') ?? [];
    const listed = Array.isArray(scopes) ? scopes.filter((one) => typeof one === 'string') : [];
    if (!Array.isArray(scopes) || listed.length !== scopes.length)
      this.#refuse(directive, 'scopes: expected a list of texts');
    const summary = this.#text(directive, said, 'summary');
    if (!this.#isGood) return undefined;
    const document = this.#alone(directive);
    return {
      ...{ name: name.value, method, path, parameters, variables, data, body, summary, scopes: listed },
      ...{ status: Number(status), text: print(document), definition: this.#definition, document },
    };
  }

  #arguments(directive: DirectiveNode): ReadonlyMap<string, unknown> {
    const said = new Map<string, unknown>();
    for (const argument of directive.arguments ?? []) {
      const { name, value } = argument;
      if (!ARGUMENTS.has(name.value)) {
        this.#refuse(argument, `@rest has no ${name.value}: expected ${[...ARGUMENTS].join(', ')}`);
      } else said.set(name.value, valueFromASTUntyped(value));
    }
    return said;
  }

  #method(directive: DirectiveNode, said: unknown, isQuery: boolean): RestMethod {
    const method = String(said ?? (isQuery ? 'GET' : 'POST'));
    if (!isMethod(method))
      this.#refuse(directive, `method: expected ${[...METHODS].join(', ')}, not ${method}`);
    else if (method === 'GET' && !isQuery) this.#refuse(directive, 'method: a mutation is no GET');
    else return method;
    return 'GET';
  }

  #path(directive: DirectiveNode, said: unknown, variables: ReadonlyMap<string, unknown>) {
    const path = typeof said === 'string' ? said : '';
    const segments = path.split('/').slice(1);
    if (!path.startsWith('/') || !segments.every((segment) => SEGMENT.test(segment)))
      this.#refuse(directive, `path: expected a path such as "/orders/{id}", not "${path}"`);
    const parameters = segments.flatMap((segment) => (segment.startsWith('{') ? [segment.slice(1, -1)] : []));
    for (const name of parameters) {
      if (!variables.has(name)) this.#refuse(directive, `path: there is no variable $${name}`);
    }
    if (new Set(parameters).size < parameters.length)
      this.#refuse(directive, 'path: a variable stands in it twice');
    return { path, parameters };
  }

  #text(directive: DirectiveNode, said: ReadonlyMap<string, unknown>, name: string): string | undefined {
    const value = said.get(name);
    if (value === undefined || typeof value === 'string') return value;
    this.#refuse(directive, `${name}: expected a text`);
    return undefined;
  }

  #selects(name: string): boolean {
    return this.#definition.selectionSet.selections.some(
      (one) => one.kind === Kind.FIELD && (one.alias ?? one.name).value === name,
    );
  }

  /** The operation alone, without the directive, with the fragments that the file has for it. */
  #alone(directive: DirectiveNode): DocumentNode {
    const definition = {
      ...this.#definition,
      directives: this.#definition.directives?.filter((one) => one !== directive) ?? [],
    };
    const fragments = this.#document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
    const used = usedFragments(definition, fragments);
    return { kind: Kind.DOCUMENT, definitions: [definition, ...used] };
  }

  #refuse(node: Parameters<typeof placeOf>[0], message: string): undefined {
    this.#isGood = false;
    this.#faults.push({ ...placeOf(node), message });
    return undefined;
  }
}

/** Those that it spreads, and that these spread. */
function usedFragments(
  definition: OperationDefinitionNode,
  fragments: readonly DocumentNode['definitions'][number][],
): DocumentNode['definitions'][number][] {
  const used = new Set<DocumentNode['definitions'][number]>();
  const visit = (text: string): void => {
    for (const fragment of fragments) {
      if (fragment.kind !== Kind.FRAGMENT_DEFINITION || used.has(fragment)) continue;
      if (!new RegExp(`\\.\\.\\.\\s*${fragment.name.value}\\b`).test(text)) continue;
      used.add(fragment);
      visit(print(fragment));
    }
  };
  visit(print(definition));
  return [...used];
}

function placeOf(node: {
  readonly loc?: { readonly startToken: { line: number; column: number } } | undefined;
}): {
  line: number;
  column: number;
} {
  const { line, column } = node.loc?.startToken ?? { line: 1, column: 1 };
  return { line, column };
}

function isMethod(text: string): text is RestMethod {
  return METHODS.has(text);
}
