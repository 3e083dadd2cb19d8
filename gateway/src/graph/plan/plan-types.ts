/**
 * The types of a supergraph as its subgraphs know them: an interface or a union may have other members in each
 * (join spec: `@join__implements`, `@join__unionMember`), and a subgraph answers only with those it knows.
 */
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parseType,
  print,
  type TypeNode,
  type UnionTypeDefinitionNode,
} from 'graphql';

interface AbstractType {
  readonly all: Set<string>;
  /** By subgraph (its name in the plans). */
  readonly members: Map<string, Set<string>>;
}

interface Field {
  /** As written, with lists and non-null. */
  readonly type: string;
  readonly named: string;
  /** The subgraphs that resolve it from the object alone. */
  readonly resolvedBy: ReadonlySet<string>;
  /** The named type that it has in a subgraph, where that is another. */
  readonly typeIn: ReadonlyMap<string, string>;
}

export class PlanTypes {
  readonly #roots = new Map<string, string>([
    ['query', 'Query'],
    ['mutation', 'Mutation'],
    ['subscription', 'Subscription'],
  ]);
  readonly #subgraphs = new Map<string, string>();
  readonly #fields = new Map<string, Map<string, Field>>();
  readonly #abstract = new Map<string, AbstractType>();

  constructor(supergraph: DocumentNode) {
    for (const definition of supergraph.definitions) {
      if (definition.kind === Kind.SCHEMA_DEFINITION) {
        for (const { operation, type } of definition.operationTypes)
          this.#roots.set(operation, type.name.value);
      } else if (definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph') {
        for (const value of definition.values ?? []) {
          const [graph] = applied(value.directives, 'join__graph');
          this.#subgraphs.set(value.name.value, graph?.get('name') ?? value.name.value);
        }
      }
    }
    for (const definition of supergraph.definitions) {
      if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) this.#addObject(definition);
      else if (definition.kind === Kind.UNION_TYPE_DEFINITION) this.#addUnion(definition);
      else if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION) this.#abstractType(definition.name.value);
    }
  }

  rootType(operation: string): string | undefined {
    const name = this.#roots.get(operation);
    return name !== undefined && this.#fields.has(name) ? name : undefined;
  }

  /** The names of all object types. */
  objects(): readonly string[] {
    return [...this.#fields.keys()];
  }

  /** The type of a field of an object type as written, `[Book!]`. */
  fieldType(type: string, field: string): string | undefined {
    return this.#fields.get(type)?.get(field)?.type;
  }

  /** Whether a subgraph that has such an object can tell the field without being given any other. */
  resolves(type: string, field: string, subgraph: string): boolean {
    return this.#fields.get(type)?.get(field)?.resolvedBy.has(subgraph) ?? false;
  }

  /** Whether an object of `type` meets the type condition `name`; in a subgraph, as that subgraph sees it. */
  holds(type: string, name: string, subgraph = ''): boolean {
    if (type === name) return true;
    const found = this.#abstract.get(name);
    return (found?.members.get(subgraph) ?? found?.all)?.has(type) ?? false;
  }

  /** The object types that may stand at a field of `type` where all of these subgraphs answer it. */
  possibleAt(type: string, field: string, subgraphs: readonly string[]): readonly string[] {
    const found = this.#fields.get(type)?.get(field);
    if (!found) return [];
    const all = this.#abstract.get(found.named)?.all ?? new Set([found.named]);
    const sets = subgraphs.map((subgraph) => {
      const named = found.typeIn.get(subgraph) ?? found.named;
      const abstract = this.#abstract.get(named);
      // A subgraph that does not know the members has it as an interface object, which may be any of them.
      return abstract ? (abstract.members.get(subgraph) ?? abstract.all) : new Set([named]);
    });
    const common = [...all].filter((name) => sets.every((set) => set.has(name)));
    return common.length > 0 ? common : [...all];
  }

  #addObject(definition: ObjectTypeDefinitionNode): void {
    const name = definition.name.value;
    const owners = applied(definition.directives, 'join__type').map((values) => this.#graph(values));
    const fields = new Map<string, Field>();
    for (const field of definition.fields ?? []) fields.set(field.name.value, this.#field(field, owners));
    this.#fields.set(name, fields);
    for (const parent of definition.interfaces ?? []) this.#abstractType(parent.name.value).all.add(name);
    this.#addMembers(definition, 'join__implements', (values) => [values.get('interface'), name]);
  }

  #field(field: FieldDefinitionNode, owners: readonly string[]): Field {
    const joins = applied(field.directives, 'join__field');
    const typeIn = new Map<string, string>();
    const resolvedBy = new Set(joins.length > 0 ? [] : owners);
    for (const join of joins) {
      const graph = this.#graph(join);
      const type = join.get('type');
      if (type !== undefined) typeIn.set(graph, namedType(parseType(type)));
      if (!CONDITIONS.some((name) => join.has(name))) resolvedBy.add(graph);
    }
    return { type: print(field.type), named: namedType(field.type), resolvedBy, typeIn };
  }

  #graph(values: ReadonlyMap<string, string>): string {
    const key = values.get('graph') ?? '';
    return this.#subgraphs.get(key) ?? key;
  }

  #addUnion(definition: UnionTypeDefinitionNode): void {
    const name = definition.name.value;
    const union = this.#abstractType(name);
    for (const member of definition.types ?? []) union.all.add(member.name.value);
    this.#addMembers(definition, 'join__unionMember', (values) => [name, values.get('member')]);
  }

  #addMembers(
    definition: ObjectTypeDefinitionNode | UnionTypeDefinitionNode | InterfaceTypeDefinitionNode,
    directive: string,
    read: (values: ReadonlyMap<string, string>) => readonly [string | undefined, string | undefined],
  ): void {
    for (const values of applied(definition.directives, directive)) {
      const [parent, member] = read(values);
      const subgraph = this.#graph(values);
      if (parent === undefined || member === undefined) continue;
      const { members } = this.#abstractType(parent);
      const known = members.get(subgraph) ?? new Set();
      members.set(subgraph, known.add(member));
    }
  }

  #abstractType(name: string): AbstractType {
    let found = this.#abstract.get(name);
    if (!found) {
      found = { all: new Set(), members: new Map() };
      this.#abstract.set(name, found);
    }
    return found;
  }
}

/** Arguments of `@join__field` by which a subgraph that names a field does not always, or not alone, resolve it. */
const CONDITIONS = ['external', 'requires', 'usedOverridden', 'overrideLabel', 'contextArguments'];

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

/** The arguments of each application of a directive: texts and names, `''` of what else is not false. */
function applied(
  directives: readonly ConstDirectiveNode[] | undefined,
  name: string,
): ReadonlyMap<string, string>[] {
  const found: Map<string, string>[] = [];
  for (const directive of directives ?? []) {
    if (directive.name.value !== name) continue;
    const values = new Map<string, string>();
    for (const { name: argument, value } of directive.arguments ?? []) {
      if (value.kind === Kind.STRING || value.kind === Kind.ENUM) values.set(argument.value, value.value);
      else if (value.kind !== Kind.BOOLEAN || value.value) values.set(argument.value, '');
    }
    found.push(values);
  }
  return found;
}
