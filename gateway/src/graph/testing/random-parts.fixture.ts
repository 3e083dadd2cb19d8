/** What the makers of a random federation share: the schemas so far, what the data must know of them, and simple additions. */
import type { Choice } from './random-choice.fixture.ts';
import { type FieldFacts, type FieldType, SCALARS, SubgraphModel } from './random-types.fixture.ts';

export interface EntityModel {
  readonly name: string;
  readonly hub: SubgraphModel;
  readonly keys: readonly string[];
  /** Whether interface objects stand for it. */
  readonly node: boolean;
}

export const plain = (named: string, nonNull = false): FieldType => ({
  named,
  lists: 0,
  nonNull: [nonNull],
});

export class SchemaParts {
  readonly choice: Choice;
  readonly subgraphs: SubgraphModel[];
  /** Object type → field → what the data must know. */
  readonly facts = new Map<string, Map<string, FieldFacts>>();
  readonly entities: EntityModel[] = [];
  /** Types of whose fields somebody requires or provides something. */
  readonly bridges = new Set<string>();
  #count = 0;

  constructor(choice: Choice) {
    this.choice = choice;
    this.subgraphs = ['a', 'b', 'c', 'd', 'e']
      .slice(0, choice.int(2, 5))
      .map((name) => new SubgraphModel(name));
  }

  names(): string[] {
    return this.entities.map(({ name }) => name);
  }

  fact(type: string, field: string, fact: FieldFacts): FieldFacts {
    const fields = this.facts.get(type) ?? new Map<string, FieldFacts>();
    this.facts.set(type, fields);
    const known = fields.get(field);
    if (known) return known;
    fields.set(field, fact);
    return fact;
  }

  /** Declares a field where it is resolved. */
  own(
    subgraph: SubgraphModel,
    type: string,
    field: string,
    fieldType: FieldType,
    args = '',
    directives: string[] = [],
  ) {
    const possible = SCALARS.some((scalar) => scalar === fieldType.named)
      ? []
      : subgraph.possible(fieldType.named);
    subgraph.type(type).fields.set(field, { type: fieldType, args, directives });
    const fact = this.fact(type, field, { type: fieldType, possible, solid: false, owners: [] });
    if (!fact.owners.includes(subgraph.name)) fact.owners.push(subgraph.name);
    fact.possible = fact.possible.filter((one) => possible.includes(one));
    return fact;
  }

  /** Declares a value type whole. */
  declareValue(subgraph: SubgraphModel, name: string): void {
    if (subgraph.types.has(name)) return;
    const declared = subgraph.type(name);
    declared.directives.push('@shareable');
    for (const [field, { type }] of this.facts.get(name) ?? []) {
      declared.fields.set(field, { type, args: '', directives: [] });
      if (type.named.startsWith('V')) this.declareValue(subgraph, type.named);
    }
  }

  scalar(): FieldType {
    return this.wrapped(this.choice.one(SCALARS));
  }

  wrapped(named: string): FieldType {
    const choice = this.choice;
    const lists = choice.chance(70) ? 0 : choice.int(1, 2);
    return { named, lists, nonNull: Array.from({ length: lists + 1 }, () => choice.chance(25)) };
  }

  declareEntity(subgraph: SubgraphModel, name: string, keys: readonly string[], resolvable: boolean): void {
    const declared = subgraph.type(name);
    for (const key of keys) {
      declared.directives.push(`@key(fields: "${key}"${resolvable ? '' : ', resolvable: false'})`);
      for (const field of key
        .replace(/\{.*\}/, '')
        .trim()
        .split(' ')) {
        const type =
          field === 'ref' ? plain(`R${name}`, true) : plain(field === 'id' ? 'ID' : 'String', true);
        if (field === 'ref') {
          const ref = subgraph.type(type.named);
          if (ref.directives.length === 0) ref.directives.push('@shareable');
          this.own(subgraph, type.named, 'x', plain('Int', true)).solid = true;
          this.own(subgraph, type.named, 'y', plain('String', true)).solid = true;
        }
        this.own(subgraph, name, field, type).solid = true;
      }
    }
  }

  /** Makes sure that an entity may be referred to. */
  refer(subgraph: SubgraphModel, { name, keys }: EntityModel): void {
    if (!subgraph.types.has(name))
      this.declareEntity(subgraph, name, [this.choice.one(keys)], this.choice.chance(50));
  }

  members(name: string): SubgraphModel[] {
    return this.subgraphs.filter((subgraph) => subgraph.types.has(name) && !this.isStub(subgraph, name));
  }

  isStub(subgraph: SubgraphModel, name: string): boolean {
    return (
      subgraph.types.get(name)?.directives.some((directive) => directive.includes('resolvable: false')) ??
      true
    );
  }

  shared(
    owners: readonly SubgraphModel[],
    type: string,
    field: string,
    fieldType: FieldType,
    args: string,
  ): void {
    for (const owner of owners) {
      this.own(owner, type, field, fieldType, args, owners.length > 1 ? ['@shareable'] : []);
    }
  }

  name(prefix: string): string {
    this.#count += 1;
    return `${prefix}${this.#count}`;
  }

  /** A composite type that a subgraph can return. */
  composite(subgraph: SubgraphModel): string {
    const abstract = [...subgraph.types.values()].filter(
      ({ kind, name }) => kind === 'interface' || name === 'N',
    );
    const names = [...abstract.map(({ name }) => name), ...subgraph.unions.keys()];
    if (names.length > 0 && this.choice.chance(40)) return this.choice.one(names);
    if (this.choice.chance(20)) {
      const value = this.choice.one(['V0', 'V1']);
      this.declareValue(subgraph, value);
      return value;
    }
    const allowed = this.entities.filter(({ name }) => !subgraph.forbidden.has(name));
    const entity = allowed.length > 0 ? this.choice.one(allowed) : undefined;
    if (!entity) return names[0] ?? 'String';
    this.refer(subgraph, entity);
    return entity.name;
  }

  declares(subgraph: SubgraphModel, named: string): boolean {
    return subgraph.types.has(named) || subgraph.unions.has(named);
  }
}

/** What two lists have in common, where they have something. */
export function meet(a: readonly string[], b: readonly string[]): string[] | undefined {
  const both = a.filter((one) => b.includes(one));
  return both.length > 0 ? both : undefined;
}
