/**
 * A federation as text: subgraph schemas, one table of data for all of them, operations. Everything that runs it
 * (the subgraphs, the one ordinary server that they are compared with) is read from this text alone, so that a
 * random federation that shows a fault can be kept as it was printed.
 */
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  type SelectionNode,
  visit,
} from 'graphql';

/** A value in the table of data. */
export type Value =
  | string
  | number
  | boolean
  | null
  | readonly Value[]
  /** A row of the table. */
  | { readonly ref: string }
  /** A resolver that throws. */
  | { readonly error: string }
  /** A text that tells how many mutations ran before it was read. */
  | { readonly changes: string }
  /** A value of a custom scalar. */
  | { readonly json: unknown };

export interface Row {
  readonly __typename: string;
  readonly [field: string]: Value;
}

export interface FederationData {
  /** By name; `Query` and `Mutation` are the roots. */
  readonly rows: Readonly<Record<string, Row>>;
  /** Subgraph → entities (rows) that it does not know: its own fields of them are null. */
  readonly unknown?: Readonly<Record<string, readonly string[]>>;
}

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Federation {
  /** Name → SDL, without the `@link` of the federation directives. */
  readonly subgraphs: Readonly<Record<string, string>>;
  readonly data: FederationData;
  readonly operations: readonly Operation[];
}

export const FEDERATION_LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [
  "@key" "@requires" "@provides" "@external" "@shareable" "@inaccessible" "@interfaceObject" "@override"])\n`;

/** What the directives of a subgraph say of one of its fields. */
export interface FieldSpec {
  readonly external: boolean;
  readonly requires: readonly SelectionNode[] | undefined;
  readonly provides: readonly SelectionNode[] | undefined;
  /** The subgraph from which it takes the field over. */
  readonly overrides: string | undefined;
}

export interface SubgraphSpec {
  readonly name: string;
  readonly document: DocumentNode;
  /** `Type.field`. */
  readonly fields: ReadonlyMap<string, FieldSpec>;
  /** Type → the keys by which it resolves references. */
  readonly keys: ReadonlyMap<string, readonly (readonly SelectionNode[])[]>;
  /** `Type.field` of all fields at the top of a key. */
  readonly keyFields: ReadonlySet<string>;
  readonly interfaceObjects: ReadonlySet<string>;
}

export function readSubgraphs(federation: Pick<Federation, 'subgraphs'>): SubgraphSpec[] {
  return Object.entries(federation.subgraphs).map(([name, sdl]) => readSubgraph(name, parse(sdl)));
}

function readSubgraph(name: string, document: DocumentNode): SubgraphSpec {
  const fields = new Map<string, FieldSpec>();
  const keys = new Map<string, SelectionNode[][]>();
  const keyFields = new Set<string>();
  const interfaceObjects = new Set<string>();
  for (const definition of document.definitions) {
    if (!isFielded(definition)) continue;
    const type = definition.name.value;
    if (directiveOf(definition, 'interfaceObject')) interfaceObjects.add(type);
    const external = directiveOf(definition, 'external') !== undefined;
    for (const directive of definition.directives ?? []) {
      if (directive.name.value !== 'key') continue;
      const selections = fieldSet(directive) ?? [];
      for (const field of selections)
        if (field.kind === Kind.FIELD) keyFields.add(`${type}.${field.name.value}`);
      if (argumentOf(directive, 'resolvable') === false) continue;
      keys.set(type, [...(keys.get(type) ?? []), [...selections]]);
    }
    for (const field of definition.fields ?? []) {
      const override = directiveOf(field, 'override');
      const from = override && argumentOf(override, 'from');
      fields.set(`${type}.${field.name.value}`, {
        external: external || directiveOf(field, 'external') !== undefined,
        requires: fieldSet(directiveOf(field, 'requires')),
        provides: fieldSet(directiveOf(field, 'provides')),
        overrides: typeof from === 'string' ? from : undefined,
      });
    }
  }
  return { name, document, fields, keys, keyFields, interfaceObjects };
}

export function isFielded(
  definition: DefinitionNode,
): definition is ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode {
  return (
    definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
  );
}

export function directiveOf(
  node: { readonly directives?: readonly ConstDirectiveNode[] | undefined },
  name: string,
): ConstDirectiveNode | undefined {
  return node.directives?.find((directive) => directive.name.value === name);
}

function argumentOf(directive: ConstDirectiveNode, name: string): unknown {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value && 'value' in value ? value.value : undefined;
}

function fieldSet(directive: ConstDirectiveNode | undefined): readonly SelectionNode[] | undefined {
  const text = directive && argumentOf(directive, 'fields');
  if (typeof text !== 'string') return undefined;
  const [definition] = parse(`{${text}}`, { noLocation: true }).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : undefined;
}

/** The document without any directive. */
export function withoutDirectives(document: DocumentNode): DocumentNode {
  return visit(document, { Directive: () => null });
}

/** The federation as one would write it down by hand, to be read or kept as a case. */
export function printFederation({ subgraphs, data, operations }: Federation): string {
  const schemas = Object.entries(subgraphs).map(
    ([name, sdl]) => `    ${name}: \`\n${indent(sdl.trim(), 6)}\`,`,
  );
  const rows = Object.entries(data.rows).map(
    ([name, row]) => `      ${JSON.stringify(name)}: ${printValue(row)},`,
  );
  const unknown = data.unknown ? `    unknown: ${JSON.stringify(data.unknown)},\n` : '';
  const asked = operations.map(
    ({ query, variables }) =>
      `    { query: \`${query.trim().replaceAll('\\', '\\\\')}\`, variables: ${printValue(variables)} },`,
  );
  return [
    '{',
    `  subgraphs: {\n${schemas.join('\n')}\n  },`,
    `  data: {\n    rows: {\n${rows.join('\n')}\n    },\n${unknown}  },`,
    `  operations: [\n${asked.join('\n')}\n  ],`,
    '}',
  ].join('\n');
}

function printValue(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"([A-Za-z_]\w*)":/g, ' $1: ');
}

function indent(text: string, by: number): string {
  return text.replaceAll(/^/gm, ' '.repeat(by));
}
