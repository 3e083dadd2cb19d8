/**
 * Random federations that compose, because they are built that way: each entity has a hub, which knows all of its
 * keys, and every other subgraph shares at least one key with it; so every field can be reached from everywhere.
 */
import type { Choice } from './random-choice.fixture.ts';
import { type FieldFacts, type FieldType, SCALARS, SubgraphModel } from './random-types.fixture.ts';

export interface SchemaModel {
  readonly subgraphs: readonly SubgraphModel[];
  /** Object type → field → what the data must know. */
  readonly facts: ReadonlyMap<string, ReadonlyMap<string, FieldFacts>>;
  readonly entities: readonly EntityModel[];
  /** Subgraph → types of which it may not know all entities. */
  readonly forgetful: ReadonlyMap<string, readonly string[]>;
}

export interface EntityModel {
  readonly name: string;
  readonly hub: SubgraphModel;
  readonly keys: readonly string[];
}

const plain = (named: string, nonNull = false): FieldType => ({ named, lists: 0, nonNull: [nonNull] });
const COMMON = [
  ['label', plain('String')],
  ['size', plain('Int')],
] as const;

export function randomSchema(choice: Choice): SchemaModel {
  return new SchemaMaker(choice).make();
}

class SchemaMaker {
  readonly #choice: Choice;
  readonly #subgraphs: SubgraphModel[];
  readonly #facts = new Map<string, Map<string, FieldFacts>>();
  readonly #entities: EntityModel[] = [];
  /** Types of whose fields somebody requires or provides something, as `subgraph.type`. */
  readonly #bridges = new Set<string>();
  #count = 0;

  constructor(choice: Choice) {
    this.#choice = choice;
    this.#subgraphs = ['a', 'b', 'c', 'd', 'e']
      .slice(0, choice.int(2, 5))
      .map((name) => new SubgraphModel(name));
  }

  make(): SchemaModel {
    const choice = this.#choice;
    this.#valueTypes();
    const nodes = choice.chance(50) ? this.#interfaceObject() : [];
    for (let i = 0; i < choice.int(2, 4); i++) this.#entity(`T${i}`, nodes.includes(`T${i}`));
    for (const entity of this.#entities) this.#scalarFields(entity);
    if (choice.chance(60)) this.#interfaces('I', choice.some(this.#names(), 2, 3));
    if (nodes.length > 0) this.#nodeInterface(nodes);
    for (let i = 0; i < choice.int(0, 2); i++) this.#union(`U${i}`);
    for (const entity of this.#entities) this.#compositeFields(entity);
    for (const entity of this.#entities) this.#dependentFields(entity);
    this.#roots();
    return {
      subgraphs: this.#subgraphs,
      facts: this.#facts,
      entities: this.#entities,
      forgetful: this.#forgetful(),
    };
  }

  #names(): string[] {
    return this.#entities.map(({ name }) => name);
  }

  #fact(type: string, field: string, fact: FieldFacts): FieldFacts {
    const fields = this.#facts.get(type) ?? new Map<string, FieldFacts>();
    this.#facts.set(type, fields);
    const known = fields.get(field);
    if (known) return known;
    fields.set(field, fact);
    return fact;
  }

  /** Declares a field where it is resolved. */
  #own(
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
    const fact = this.#fact(type, field, { type: fieldType, possible, solid: false, owners: [] });
    if (!fact.owners.includes(subgraph.name)) fact.owners.push(subgraph.name);
    fact.possible = fact.possible.filter((one) => possible.includes(one));
    return fact;
  }

  #valueTypes(): void {
    const v0 = { x: this.#scalar(), y: this.#scalar() };
    this.#facts.set('V0', new Map(Object.entries(v0).map(([name, type]) => [name, valueFact(type)])));
    const v1 = { z: this.#scalar(), v: this.#wrapped('V0') };
    this.#facts.set('V1', new Map(Object.entries(v1).map(([name, type]) => [name, valueFact(type)])));
    const v = this.#facts.get('V1')?.get('v');
    if (v) v.possible = ['V0'];
  }

  /** Declares a value type whole. */
  #declareValue(subgraph: SubgraphModel, name: string): void {
    if (subgraph.types.has(name)) return;
    const declared = subgraph.type(name);
    declared.directives.push('@shareable');
    for (const [field, { type }] of this.#facts.get(name) ?? []) {
      declared.fields.set(field, { type, args: '', directives: [] });
      if (type.named.startsWith('V')) this.#declareValue(subgraph, type.named);
    }
  }

  #scalar(): FieldType {
    return this.#wrapped(this.#choice.one(SCALARS));
  }

  #wrapped(named: string): FieldType {
    const choice = this.#choice;
    const lists = choice.chance(70) ? 0 : choice.int(1, 2);
    return { named, lists, nonNull: Array.from({ length: lists + 1 }, () => choice.chance(25)) };
  }

  #interfaceObject(): string[] {
    const away = this.#choice.some(this.#subgraphs.slice(1), 1, 2);
    const nodes = ['T0', 'T1'];
    for (const subgraph of away) {
      for (const node of nodes) subgraph.forbidden.add(node);
      const declared = subgraph.type('N');
      subgraph.interfaceObjects.set('N', nodes);
      declared.directives.push('@key(fields: "id")', '@interfaceObject');
      declared.fields.set('id', { type: plain('ID', true), args: '', directives: [] });
    }
    return nodes;
  }

  #entity(name: string, node: boolean): void {
    const choice = this.#choice;
    const allowed = this.#subgraphs.filter((subgraph) => !subgraph.forbidden.has(name));
    // All types of a keyed interface stand in one subgraph.
    const hub = node ? allowed[0] : choice.one(allowed);
    if (!hub) throw new RangeError('no hub');
    const keys = ['id', ...choice.some(['code', 'ref { x y }', 'region code'], 0, 2)];
    this.#entities.push({ name, hub, keys });
    for (const subgraph of allowed) {
      if (subgraph === hub) this.#declareEntity(subgraph, name, keys, true);
      else if (choice.chance(60)) this.#declareEntity(subgraph, name, choice.some(keys, 1, 2), true);
    }
  }

  #declareEntity(subgraph: SubgraphModel, name: string, keys: readonly string[], resolvable: boolean): void {
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
          this.#own(subgraph, type.named, 'x', plain('Int', true)).solid = true;
          this.#own(subgraph, type.named, 'y', plain('String', true)).solid = true;
        }
        this.#own(subgraph, name, field, type).solid = true;
      }
    }
  }

  /** Makes sure that an entity may be referred to. */
  #refer(subgraph: SubgraphModel, { name, keys }: EntityModel): void {
    if (!subgraph.types.has(name))
      this.#declareEntity(subgraph, name, [this.#choice.one(keys)], this.#choice.chance(50));
  }

  #members(name: string): SubgraphModel[] {
    return this.#subgraphs.filter((subgraph) => subgraph.types.has(name) && !this.#isStub(subgraph, name));
  }

  #isStub(subgraph: SubgraphModel, name: string): boolean {
    return (
      subgraph.types.get(name)?.directives.some((directive) => directive.includes('resolvable: false')) ??
      true
    );
  }

  #scalarFields({ name }: EntityModel): void {
    const choice = this.#choice;
    const members = this.#members(name);
    for (const [field, type] of COMMON) this.#shared(choice.some(members, 1, 2), name, field, type, '');
    for (let i = 0; i < choice.int(1, 5); i++) {
      const type = this.#scalar();
      const args =
        type.named === 'String' && type.lists === 0 && choice.chance(40) ? choice.one(ARGUMENTS) : '';
      const owners = choice.some(members, 1, choice.chance(30) ? 3 : 1);
      const field = this.#name('f');
      this.#shared(owners, name, field, type, args);
      if (owners.length === 1 && choice.chance(10))
        owners[0]?.type(name).fields.get(field)?.directives.push('@inaccessible');
      const other = choice.one(members);
      if (owners.length === 1 && owners[0] !== other && choice.chance(25)) {
        this.#own(other, name, field, type, args, [`@override(from: "${owners[0]?.name}")`]).owners = [
          other.name,
        ];
      }
    }
  }

  #shared(
    owners: readonly SubgraphModel[],
    type: string,
    field: string,
    fieldType: FieldType,
    args: string,
  ): void {
    for (const owner of owners) {
      this.#own(owner, type, field, fieldType, args, owners.length > 1 ? ['@shareable'] : []);
    }
  }

  #name(prefix: string): string {
    this.#count += 1;
    return `${prefix}${this.#count}`;
  }

  #interfaces(name: string, types: readonly string[]): void {
    for (const subgraph of this.#subgraphs) {
      const here = this.#choice.some(
        types.filter((type) => subgraph.types.has(type)),
        0,
      );
      const fields = [...COMMON, ['id', plain('ID', true)] as const].filter(([field]) =>
        here.every((type) => subgraph.types.get(type)?.fields.has(field)),
      );
      if (here.length === 0 || fields.length === 0) continue;
      const declared = subgraph.type(name, 'interface');
      for (const [field, type] of fields) declared.fields.set(field, { type, args: '', directives: [] });
      for (const type of here) subgraph.type(type).interfaces.add(name);
    }
  }

  /** The interface behind the interface objects: in the hub of its types, with a key. */
  #nodeInterface(types: readonly string[]): void {
    const hub = this.#entities[0]?.hub;
    if (!hub) return;
    const declared = hub.type('N', 'interface');
    declared.directives.push('@key(fields: "id")');
    declared.fields.set('id', { type: plain('ID', true), args: '', directives: [] });
    const common = COMMON.filter(([field]) => types.every((type) => hub.types.get(type)?.fields.has(field)));
    for (const [field, type] of common) declared.fields.set(field, { type, args: '', directives: [] });
    for (const type of types) hub.type(type).interfaces.add('N');
    for (const subgraph of this.#subgraphs) {
      const object = subgraph.types.get('N');
      if (!object || object.kind === 'interface') continue;
      for (let i = 0; i < this.#choice.int(1, 2); i++) {
        const field = this.#name('n');
        const type = this.#scalar();
        object.fields.set(field, { type, args: '', directives: [] });
        for (const node of types) {
          this.#fact(node, field, { type, possible: [], solid: false, owners: [subgraph.name] });
        }
      }
    }
  }

  #union(name: string): void {
    for (const subgraph of this.#subgraphs) {
      const members = this.#choice.some(
        this.#names().filter((type) => subgraph.types.has(type)),
        0,
      );
      if (members.length > 0 && this.#choice.chance(30)) {
        this.#declareValue(subgraph, 'V0');
        members.push('V0');
      }
      if (members.length > 0) subgraph.unions.set(name, members);
    }
  }

  /** A composite type that a subgraph can return. */
  #composite(subgraph: SubgraphModel): string {
    const abstract = [...subgraph.types.values()].filter(
      ({ kind, name }) => kind === 'interface' || name === 'N',
    );
    const names = [...abstract.map(({ name }) => name), ...subgraph.unions.keys()];
    if (names.length > 0 && this.#choice.chance(40)) return this.#choice.one(names);
    if (this.#choice.chance(20)) {
      const value = this.#choice.one(['V0', 'V1']);
      this.#declareValue(subgraph, value);
      return value;
    }
    const allowed = this.#entities.filter(({ name }) => !subgraph.forbidden.has(name));
    const entity = allowed.length > 0 ? this.#choice.one(allowed) : undefined;
    if (!entity) return names[0] ?? 'String';
    this.#refer(subgraph, entity);
    return entity.name;
  }

  #compositeFields({ name }: EntityModel): void {
    const choice = this.#choice;
    const members = this.#members(name);
    for (let i = 0; i < choice.int(1, 3); i++) {
      const owner = choice.one(members);
      const named = this.#composite(owner);
      const type = this.#wrapped(named);
      const field = this.#name('r');
      const args = choice.chance(30)
        ? type.lists > 0
          ? '(first: Int)'
          : type.nonNull[0]
            ? ''
            : '(none: Boolean)'
        : '';
      const others = members.filter(
        (other) =>
          other !== owner &&
          this.#declares(other, named) &&
          meet(owner.possible(named), other.possible(named)),
      );
      const owners = others.length > 0 && choice.chance(40) ? [owner, choice.one(others)] : [owner];
      this.#shared(owners, name, field, type, args);
      if (owners.length === 1 && type.lists === 0 && args === '') this.#provide(owner, name, field, named);
    }
    if (members.length > 1 && choice.chance(40)) this.#splitValue(choice.some(members, 2, 2), name);
    if (choice.chance(8))
      this.#own(choice.one(members), name, this.#name('q'), plain('Query', choice.chance(50)));
  }

  #declares(subgraph: SubgraphModel, named: string): boolean {
    return subgraph.types.has(named) || subgraph.unions.has(named);
  }

  /** A value type that two subgraphs know in part each, behind a field that both resolve. */
  #splitValue(owners: readonly SubgraphModel[], entity: string): void {
    const named = this.#name('S');
    owners.forEach((owner, index) => {
      const declared = owner.type(named);
      declared.directives.push('@shareable');
      this.#own(owner, named, 'both', plain('String'));
      if (index === 0) this.#own(owner, named, this.#name('p'), this.#scalar());
      else this.#own(owner, named, this.#name('p'), this.#scalar());
    });
    this.#shared(owners, entity, this.#name('s'), this.#wrapped(named), '');
  }

  /** Lets a reference bring a field of its entity along. */
  #provide(owner: SubgraphModel, type: string, field: string, named: string): void {
    const target = owner.possible(named)[0];
    const chosen = this.#foreignField(owner, target, true);
    if (!target || !chosen || !this.#choice.chance(40)) return;
    const [provided] = chosen;
    this.#external(owner, target, chosen);
    for (const subgraph of this.#subgraphs) {
      const directives =
        subgraph === owner ? undefined : subgraph.types.get(target)?.fields.get(provided)?.directives;
      if (directives && !directives.includes('@shareable')) directives.push('@shareable');
    }
    const set = target === named ? provided : `... on ${target} { ${provided} }`;
    owner.type(type).fields.get(field)?.directives.push(`@provides(fields: "${set}")`);
    this.#bridges.add(target);
  }

  /** A field of `type` that this subgraph does not have. */
  #foreignField(
    subgraph: SubgraphModel,
    type: string | undefined,
    forProvides = false,
  ): [string, FieldFacts] | undefined {
    const declared = type === undefined ? undefined : subgraph.types.get(type);
    if (!type || !declared || !this.#names().includes(type)) return undefined;
    const fields = [...(this.#facts.get(type) ?? [])].filter(([field, fact]) => {
      const holder = this.#subgraphs.find((one) => one.types.get(type)?.fields.has(field));
      const written = holder?.types.get(type)?.fields.get(field);
      const special = written?.directives.some((one) => /requires|external|inaccessible|override/.test(one));
      return (
        written &&
        written.args === '' &&
        !declared.fields.has(field) &&
        fact.type.named !== 'Query' &&
        !(forProvides && (special || fact.possible.length > 0))
      );
    });
    return fields.length > 0 ? this.#choice.one(fields) : undefined;
  }

  #external(subgraph: SubgraphModel, type: string, [field, fact]: [string, FieldFacts]): void {
    subgraph.type(type).fields.set(field, { type: fact.type, args: '', directives: ['@external'] });
  }

  #dependentFields({ name }: EntityModel): void {
    for (const subgraph of this.#members(name)) {
      if (!this.#choice.chance(50)) continue;
      const sets: string[] = [];
      for (let i = 0; i < this.#choice.int(1, 2); i++) {
        const set = this.#require(subgraph, name);
        if (set !== undefined) sets.push(set);
      }
      if (sets.length === 0) continue;
      const directive = `@requires(fields: "${sets.join(' ')}")`;
      this.#own(subgraph, name, this.#name('d'), plain('String', this.#choice.chance(20)), '', [directive]);
    }
  }

  /** Declares what is required external, and writes it as a set of fields. */
  #require(subgraph: SubgraphModel, type: string): string | undefined {
    const chosen = this.#foreignField(subgraph, type);
    if (!chosen) return undefined;
    const [field, fact] = chosen;
    const { named } = fact.type;
    if (fact.possible.length === 0) {
      this.#external(subgraph, type, chosen);
      this.#depend(type, fact);
      return field;
    }
    if (fact.possible.some((one) => subgraph.forbidden.has(one)) || named === 'N' || named.startsWith('S'))
      return undefined;
    const below = this.#requireBelow(subgraph, named, fact.possible);
    if (below === undefined) return undefined;
    this.#external(subgraph, type, chosen);
    this.#depend(type, fact);
    return `${field} { ${below} }`;
  }

  #requireBelow(subgraph: SubgraphModel, named: string, possible: readonly string[]): string | undefined {
    if (named.startsWith('V')) {
      this.#declareValue(subgraph, named);
      for (const fact of this.#facts.get(named)?.values() ?? []) fact.solid = true;
      for (const fact of this.#facts.get('V0')?.values() ?? []) fact.solid = true;
      return named === 'V0' ? this.#choice.some(['x', 'y'], 1).join(' ') : 'z v { x }';
    }
    const abstract = !possible.includes(named);
    if (abstract && !this.#declares(subgraph, named)) return undefined;
    const sets: string[] = [];
    for (const type of abstract ? meet(possible, subgraph.possible(named)) || [] : possible) {
      const entity = this.#entities.find(({ name }) => name === type);
      if (!entity) continue;
      this.#refer(subgraph, entity);
      const chosen = this.#foreignField(subgraph, type);
      if (!chosen || chosen[1].possible.length > 0) continue;
      this.#external(subgraph, type, chosen);
      this.#depend(type, chosen[1]);
      sets.push(abstract ? `... on ${type} { ${chosen[0]} }` : chosen[0]);
    }
    return sets.length > 0 ? sets.join(' ') : undefined;
  }

  #depend(type: string, fact: FieldFacts): void {
    fact.solid = true;
    this.#bridges.add(type);
  }

  #roots(): void {
    const choice = this.#choice;
    for (const subgraph of this.#subgraphs) {
      for (let i = 0; i < choice.int(1, 2); i++) this.#root(subgraph, 'Query');
      if (choice.chance(25)) for (let i = 0; i < choice.int(1, 2); i++) this.#root(subgraph, 'Mutation');
    }
    const shared = choice.one(this.#entities);
    const owners = choice.some(this.#members(shared.name), 1, 2);
    this.#shared(owners, 'Query', 'any', this.#wrapped(shared.name), '');
  }

  #root(subgraph: SubgraphModel, root: 'Query' | 'Mutation'): void {
    const named = this.#choice.chance(85) ? this.#composite(subgraph) : 'String';
    const type = this.#wrapped(named);
    const args =
      named === 'String' && type.lists === 0
        ? this.#choice.one(ARGUMENTS)
        : type.lists > 0
          ? '(first: Int = 2)'
          : '';
    this.#own(subgraph, root, this.#name(root === 'Query' ? 'get' : 'set'), type, args);
  }

  /**
   * Where a subgraph may forget an entity and an ordinary server can say the same: nobody else resolves any of its
   * fields, nobody requires or provides one, and no way from key to key leads through it.
   */
  #forgetful(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const subgraph of this.#subgraphs) {
      for (const { name, hub } of this.#entities) {
        const declared = subgraph.types.get(name);
        const keys = declared?.directives.filter((directive) => directive.startsWith('@key')).length;
        if (!declared || hub === subgraph || keys !== 1 || this.#bridges.has(name)) continue;
        const own = [...(this.#facts.get(name)?.values() ?? [])].filter(
          (fact) => !fact.solid && fact.owners.includes(subgraph.name),
        );
        if (own.length === 0 || own.some((fact) => fact.owners.length > 1)) continue;
        found.set(subgraph.name, [...(found.get(subgraph.name) ?? []), name]);
      }
    }
    return found;
  }
}

const ARGUMENTS = [
  '(x: Int)',
  '(x: Int = 3, y: String)',
  '(where: Where)',
  '(colors: [Color!]! = [RED], w: [Where])',
];

function valueFact(type: FieldType): FieldFacts {
  return { type, possible: [], solid: false, owners: [] };
}

/** What two lists have in common, where they have something. */
function meet(a: readonly string[], b: readonly string[]): string[] | undefined {
  const both = a.filter((one) => b.includes(one));
  return both.length > 0 ? both : undefined;
}
