/**
 * Smaller federations than a given one, the boldest cuts first: fewer operations, smaller operations, then smaller
 * schemas and data. Each is valid as far as can be told without composing it.
 */
import {
  type ASTNode,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  validate,
  visit,
} from 'graphql';
import {
  type Federation,
  type Operation,
  type Row,
  readSubgraphs,
  type Value,
} from './federation.fixture.ts';
import { mergedSchema } from './federation-schema.fixture.ts';

export function* smallerFederations(federation: Federation): Generator<Federation> {
  const { operations } = federation;
  const [only] = operations;
  if (!only) return;
  if (operations.length > 1) {
    for (const operation of operations) yield { ...federation, operations: [operation] };
    return;
  }
  const fits = fitting(federation);
  for (const smaller of smallerOperations(only)) {
    if (fits(smaller)) yield { ...federation, operations: [smaller] };
  }
  const reached = onlyReached(federation.data, Object.values(federation.subgraphs).join('\n'));
  if (JSON.stringify(reached) !== JSON.stringify(federation.data)) yield { ...federation, data: reached };
  for (const subgraphs of smallerSubgraphs(federation.subgraphs, only.query)) {
    const data = onlyReached(federation.data, Object.values(subgraphs).join('\n'));
    const cut = { ...federation, subgraphs, data };
    if (isWhole(cut) && fitting(cut)(only)) yield cut;
  }
  for (const data of smallerData(federation)) yield { ...federation, data };
}

/** Whether an operation is valid for this federation. */
function fitting(federation: Federation): (operation: Operation) => boolean {
  const schema = mergedSchema(readSubgraphs(federation));
  return ({ query }) => {
    try {
      return validate(schema, parse(query)).length === 0;
    } catch {
      return false;
    }
  };
}

/** Whether the schemas hang together, and have the types of all that there is. */
function isWhole(federation: Federation): boolean {
  try {
    const schema = mergedSchema(readSubgraphs(federation));
    return Object.values(federation.data.rows).every(({ __typename }) => schema.getType(__typename));
  } catch {
    return false;
  }
}

/** The document without its `index`-th node of those that may go; `undefined` past the last. */
function without(
  document: DocumentNode,
  index: number,
  mayGo: (node: ASTNode) => boolean,
  instead: (node: ASTNode) => ASTNode | null = () => null,
): DocumentNode | undefined {
  let seen = -1;
  const cut: DocumentNode = visit(document, {
    enter(node, key) {
      // What does not stand in a list cannot go.
      if (typeof key !== 'number' || !mayGo(node)) return undefined;
      seen += 1;
      return seen === index ? instead(node) : undefined;
    },
  });
  return seen >= index ? cut : undefined;
}

function* cuts(
  document: DocumentNode,
  mayGo: (node: ASTNode) => boolean,
  instead?: (node: ASTNode) => ASTNode | null,
) {
  for (let index = 0; ; index++) {
    const cut = without(document, index, mayGo, instead);
    if (!cut) return;
    yield cut;
  }
}

function* smallerOperations({ query, variables }: Operation): Generator<Operation> {
  const document = parse(query, { noLocation: true });
  for (const cut of cuts(
    document,
    ({ kind }) => kind === Kind.FIELD || kind === Kind.INLINE_FRAGMENT || kind === Kind.FRAGMENT_SPREAD,
  )) {
    yield tidied(cut, variables);
  }
  for (const flat of flattened(document)) yield tidied(flat, variables);
  for (const cut of cuts(document, ({ kind }) => kind === Kind.DIRECTIVE || kind === Kind.ARGUMENT))
    yield tidied(cut, variables);
  const unaliased = (node: ASTNode) =>
    node.kind === Kind.FIELD
      ? {
          kind: node.kind,
          name: node.name,
          arguments: node.arguments ?? [],
          directives: node.directives ?? [],
          ...(node.selectionSet && { selectionSet: node.selectionSet }),
        }
      : node;
  for (const cut of cuts(document, (node) => node.kind === Kind.FIELD && node.alias !== undefined, unaliased))
    yield tidied(cut, variables);
}

/** With one fragment's selections in place of the fragment. */
function* flattened(document: DocumentNode): Generator<DocumentNode> {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );
  for (let index = 0; ; index++) {
    let seen = -1;
    const flat: DocumentNode = visit(document, {
      SelectionSet(set) {
        const selections = set.selections.flatMap((selection): readonly SelectionNode[] => {
          if (selection.kind === Kind.FIELD) return [selection];
          seen += 1;
          if (seen !== index) return [selection];
          if (selection.kind === Kind.INLINE_FRAGMENT) return selection.selectionSet.selections;
          const fragment = fragments.get(selection.name.value);
          if (!fragment) return [];
          const { typeCondition, selectionSet } = fragment;
          return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet }];
        });
        return { ...set, selections };
      },
    });
    if (seen < index) return;
    yield flat;
  }
}

/** Without empty selections, and without fragments and variables that nobody uses. */
function tidied(document: DocumentNode, variables: Operation['variables']): Operation {
  const text = (node: ASTNode) => print(node);
  const whole: DocumentNode = visit(document, {
    Field: { leave: (node) => (node.selectionSet?.selections.length === 0 ? null : undefined) },
    InlineFragment: { leave: (node) => (node.selectionSet.selections.length === 0 ? null : undefined) },
  });
  let definitions = whole.definitions;
  for (let left = -1; left !== definitions.length; ) {
    left = definitions.length;
    const body = definitions.map(text).join('\n');
    definitions = definitions.filter(
      (definition) =>
        definition.kind !== Kind.FRAGMENT_DEFINITION ||
        new RegExp(`\\.\\.\\.${definition.name.value}\\b`).test(body),
    );
  }
  const bodies = definitions
    .map((definition) => text('selectionSet' in definition ? definition.selectionSet : definition))
    .join('\n');
  const used = (name: string) => new RegExp(`\\$${name}\\b`).test(bodies);
  const kept = definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? withVariables(definition, used) : definition,
  );
  return {
    query: kept.map(text).join('\n'),
    variables: Object.fromEntries(Object.entries(variables).filter(([name]) => used(name))),
  };
}

function withVariables(
  operation: OperationDefinitionNode,
  used: (name: string) => boolean,
): OperationDefinitionNode {
  const variableDefinitions =
    operation.variableDefinitions?.filter(({ variable }) => used(variable.name.value)) ?? [];
  return { ...operation, variableDefinitions };
}

function* smallerSubgraphs(
  subgraphs: Federation['subgraphs'],
  query: string,
): Generator<Federation['subgraphs']> {
  const used = onlyUsed(subgraphs, query);
  if (JSON.stringify(used) !== JSON.stringify(subgraphs)) yield used;
  for (const name of Object.keys(subgraphs)) {
    yield Object.fromEntries(Object.entries(subgraphs).filter(([other]) => other !== name));
  }
  const removable: readonly string[] = [
    Kind.OBJECT_TYPE_DEFINITION,
    Kind.INTERFACE_TYPE_DEFINITION,
    Kind.UNION_TYPE_DEFINITION,
    Kind.ENUM_TYPE_DEFINITION,
    Kind.INPUT_OBJECT_TYPE_DEFINITION,
    Kind.SCALAR_TYPE_DEFINITION,
  ];
  const inner: readonly string[] = [
    Kind.FIELD_DEFINITION,
    Kind.DIRECTIVE,
    Kind.NAMED_TYPE,
    Kind.INPUT_VALUE_DEFINITION,
  ];
  for (const kinds of [removable, inner]) {
    for (const [name, sdl] of Object.entries(subgraphs)) {
      for (const cut of cuts(parse(sdl, { noLocation: true }), ({ kind }) => kinds.includes(kind))) {
        const text = printed(cut);
        if (text !== undefined) yield { ...subgraphs, [name]: text };
      }
    }
  }
}

/** Without all fields that neither the operation nor a directive names. */
function onlyUsed(subgraphs: Federation['subgraphs'], query: string): Federation['subgraphs'] {
  const words = new Set([...(query.match(/\w+/g) ?? []), ...namedInSets(subgraphs)]);
  const cut = (sdl: string) =>
    printed(
      visit(parse(sdl, { noLocation: true }), {
        FieldDefinition: (field) => (words.has(field.name.value) ? undefined : null),
      }),
    );
  return Object.fromEntries(Object.entries(subgraphs).map(([name, sdl]) => [name, cut(sdl) ?? sdl]));
}

/** A cut may leave what is no document any more. */
function printed(document: DocumentNode): string | undefined {
  const definitions = document.definitions.filter(
    (definition) => !('fields' in definition) || (definition.fields?.length ?? 0) > 0,
  );
  const text = definitions.map((definition) => print(definition)).join('\n');
  try {
    parse(text);
    return text;
  } catch {
    return undefined;
  }
}

/** Names of fields in keys and requirements: without a value they would break what no gateway can mend. */
function namedInSets(subgraphs: Federation['subgraphs']): Set<string> {
  const sets = Object.values(subgraphs).flatMap((sdl) => [...sdl.matchAll(/fields: "([^"]*)"/g)]);
  return new Set(sets.flatMap(([, set = '']) => set.match(/\w+/g) ?? []));
}

function* smallerData({ data, subgraphs }: Federation): Generator<Federation['data']> {
  const needed = namedInSets(subgraphs);
  const { unknown, ...known } = data;
  if (unknown) yield known;
  for (const [name, row] of Object.entries(data.rows)) {
    const { [name]: _, ...others } = data.rows;
    if (!JSON.stringify(others).includes(`{"ref":"${name}"}`)) yield { ...data, rows: others };
    for (const smaller of smallerRows(row, needed))
      yield { ...data, rows: { ...data.rows, [name]: smaller } };
  }
}

/** Without fields that no subgraph declares, and without rows to which nothing leads. */
function onlyReached(data: Federation['data'], sdl: string): Federation['data'] {
  const words = new Set(sdl.match(/\w+/g));
  const rows: Record<string, Row> = {};
  const visitRow = (name: string): void => {
    const row = data.rows[name];
    if (!row || Object.hasOwn(rows, name)) return;
    const kept = Object.entries(row).filter(([field]) => field === '__typename' || words.has(field));
    rows[name] = { __typename: row.__typename, ...Object.fromEntries(kept) };
    for (const [, value] of kept) visitValue(value);
  };
  const visitValue = (value: Value): void => {
    if (isList(value)) value.forEach(visitValue);
    else if (typeof value === 'object' && value !== null && 'ref' in value) visitRow(value.ref);
  };
  visitRow('Query');
  visitRow('Mutation');
  return { ...data, rows };
}

function* smallerRows(row: Row, needed: ReadonlySet<string>): Generator<Row> {
  for (const [field, value] of Object.entries(row)) {
    if (field === '__typename' || needed.has(field)) continue;
    const { [field]: _, ...others } = row;
    yield { __typename: row.__typename, ...others };
    for (const smaller of smallerValues(value)) yield { ...row, [field]: smaller };
  }
}

function* smallerValues(value: Value): Generator<Value> {
  if (!isList(value)) return;
  for (let index = 0; index < value.length; index++) yield value.toSpliced(index, 1);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
