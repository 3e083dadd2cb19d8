/**
 * Random federations that compose, because they are built that way: each entity has a hub, which knows all of its
 * keys, and every other subgraph shares at least one key with it; so every field can be reached from everywhere.
 */
import type { Choice } from './random-choice.fixture.ts';
import { DependencyMaker } from './random-dependencies.fixture.ts';
import { type EntityModel, meet, plain, SchemaParts } from './random-parts.fixture.ts';
import type { FieldFacts, FieldType, SubgraphModel } from './random-types.fixture.ts';

export interface SchemaModel {
  readonly subgraphs: readonly SubgraphModel[];
  /** Object type → field → what the data must know. */
  readonly facts: ReadonlyMap<string, ReadonlyMap<string, FieldFacts>>;
  readonly entities: readonly EntityModel[];
  /** Subgraph → types of which it may not know all entities. */
  readonly forgetful: ReadonlyMap<string, readonly string[]>;
}

/** Fields of interfaces, with their arguments. */
const COMMON = [
  ['label', plain('String'), ''],
  ['size', plain('Int'), ''],
  ['note', plain('String'), '(x: Int)'],
] as const;

export function randomSchema(choice: Choice): SchemaModel {
  return new SchemaMaker(choice).make();
}

class SchemaMaker {
  readonly #parts: SchemaParts;
  readonly #dependencies: DependencyMaker;

  constructor(choice: Choice) {
    this.#parts = new SchemaParts(choice);
    this.#dependencies = new DependencyMaker(this.#parts);
  }

  make(): SchemaModel {
    const choice = this.#parts.choice;
    this.#valueTypes();
    const nodes = choice.chance(50) ? this.#interfaceObject() : [];
    for (let i = 0; i < choice.int(2, 4); i++) this.#entity(`T${i}`, nodes.includes(`T${i}`));
    for (const entity of this.#parts.entities) this.#scalarFields(entity);
    if (choice.chance(60)) this.#interfaces('I', choice.some(this.#parts.names(), 2, 3));
    if (nodes.length > 0) this.#nodeInterface(nodes);
    for (let i = 0; i < choice.int(0, 2); i++) this.#union(`U${i}`);
    for (const entity of this.#parts.entities) this.#compositeFields(entity);
    for (const entity of this.#parts.entities) this.#dependencies.require(entity);
    this.#roots();
    return {
      subgraphs: this.#parts.subgraphs,
      facts: this.#parts.facts,
      entities: this.#parts.entities,
      forgetful: this.#forgetful(),
    };
  }

  #valueTypes(): void {
    const v0 = { x: this.#parts.scalar(), y: this.#parts.scalar() };
    this.#parts.facts.set('V0', new Map(Object.entries(v0).map(([name, type]) => [name, valueFact(type)])));
    const v1 = { z: this.#parts.scalar(), v: this.#parts.wrapped('V0') };
    this.#parts.facts.set('V1', new Map(Object.entries(v1).map(([name, type]) => [name, valueFact(type)])));
    const v = this.#parts.facts.get('V1')?.get('v');
    if (v) v.possible = ['V0'];
  }

  #interfaceObject(): string[] {
    const away = this.#parts.choice.some(this.#parts.subgraphs.slice(1), 1, 2);
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
    const choice = this.#parts.choice;
    const allowed = this.#parts.subgraphs.filter((subgraph) => !subgraph.forbidden.has(name));
    // All types of a keyed interface stand in one subgraph.
    const hub = node ? allowed[0] : choice.one(allowed);
    if (!hub) throw new RangeError('no hub');
    const keys = ['id', ...choice.some(['code', 'ref { x y }', 'region code'], 0, 2)];
    this.#parts.entities.push({ name, hub, keys, node });
    for (const subgraph of allowed) {
      if (subgraph === hub) this.#parts.declareEntity(subgraph, name, keys, true);
      else if (choice.chance(60)) this.#parts.declareEntity(subgraph, name, choice.some(keys, 1, 2), true);
    }
  }

  #scalarFields(entity: EntityModel): void {
    const { name } = entity;
    const choice = this.#parts.choice;
    const members = this.#parts.members(name);
    for (const [field, { named }, args] of COMMON) {
      // A type may promise more than its interface does; not where an interface object may not know which type it is.
      const type = plain(named, !entity.node && choice.chance(35));
      this.#parts.shared(choice.some(members, 1, 2), name, field, type, args);
    }
    for (let i = 0; i < choice.int(1, 5); i++) {
      const type = this.#parts.scalar();
      const args =
        type.named === 'String' && type.lists === 0 && choice.chance(40) ? choice.one(ARGUMENTS) : '';
      const owners = choice.some(members, 1, choice.chance(30) ? 3 : 1);
      const field = this.#parts.name('f');
      this.#parts.shared(owners, name, field, type, args);
      if (owners.length === 1 && choice.chance(10))
        owners[0]?.type(name).fields.get(field)?.directives.push('@inaccessible');
      const other = choice.one(members);
      if (owners.length === 1 && owners[0] !== other && choice.chance(25)) {
        this.#parts.own(other, name, field, type, args, [`@override(from: "${owners[0]?.name}")`]).owners = [
          other.name,
        ];
      }
    }
  }

  #interfaces(name: string, types: readonly string[]): void {
    for (const subgraph of this.#parts.subgraphs) {
      const here = this.#parts.choice.some(
        types.filter((type) => subgraph.types.has(type)),
        0,
      );
      const fields = [...COMMON, ['id', plain('ID', true), ''] as const].filter(([field]) =>
        here.every((type) => subgraph.types.get(type)?.fields.has(field)),
      );
      if (here.length === 0 || fields.length === 0) continue;
      const declared = subgraph.type(name, 'interface');
      for (const [field, type, args] of fields) declared.fields.set(field, { type, args, directives: [] });
      for (const type of here) subgraph.type(type).interfaces.add(name);
    }
  }

  /** The interface behind the interface objects: in the hub of its types, with a key. */
  #nodeInterface(types: readonly string[]): void {
    const hub = this.#parts.entities[0]?.hub;
    if (!hub) return;
    const declared = hub.type('N', 'interface');
    declared.directives.push('@key(fields: "id")');
    declared.fields.set('id', { type: plain('ID', true), args: '', directives: [] });
    const common = COMMON.filter(([field]) => types.every((type) => hub.types.get(type)?.fields.has(field)));
    for (const [field, type, args] of common) declared.fields.set(field, { type, args, directives: [] });
    for (const type of types) hub.type(type).interfaces.add('N');
    for (const subgraph of this.#parts.subgraphs) {
      const object = subgraph.types.get('N');
      if (!object || object.kind === 'interface') continue;
      for (let i = 0; i < this.#parts.choice.int(1, 2); i++) {
        const field = this.#parts.name('n');
        const type = this.#parts.scalar();
        object.fields.set(field, { type, args: '', directives: [] });
        for (const node of types) {
          this.#parts.fact(node, field, { type, possible: [], solid: false, owners: [subgraph.name] });
        }
      }
    }
  }

  #union(name: string): void {
    for (const subgraph of this.#parts.subgraphs) {
      const members = this.#parts.choice.some(
        this.#parts.names().filter((type) => subgraph.types.has(type)),
        0,
      );
      if (members.length > 0 && this.#parts.choice.chance(30)) {
        this.#parts.declareValue(subgraph, 'V0');
        members.push('V0');
      }
      if (members.length > 0) subgraph.unions.set(name, members);
    }
  }

  #compositeFields({ name }: EntityModel): void {
    const choice = this.#parts.choice;
    const members = this.#parts.members(name);
    for (let i = 0; i < choice.int(1, 3); i++) {
      const owner = choice.one(members);
      const named = this.#parts.composite(owner);
      const type = this.#parts.wrapped(named);
      const field = this.#parts.name('r');
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
          this.#parts.declares(other, named) &&
          meet(owner.possible(named), other.possible(named)),
      );
      const owners = others.length > 0 && choice.chance(40) ? [owner, choice.one(others)] : [owner];
      this.#parts.shared(owners, name, field, type, args);
      if (owners.length === 1 && type.lists === 0 && args === '')
        this.#dependencies.provide(owner, name, field, named);
    }
    if (members.length > 1 && choice.chance(40)) this.#splitValue(choice.some(members, 2, 2), name);
    if (choice.chance(8))
      this.#parts.own(choice.one(members), name, this.#parts.name('q'), plain('Query', choice.chance(50)));
  }

  /** A value type that two subgraphs know in part each, behind a field that both resolve. */
  #splitValue(owners: readonly SubgraphModel[], entity: string): void {
    const named = this.#parts.name('S');
    owners.forEach((owner, index) => {
      const declared = owner.type(named);
      declared.directives.push('@shareable');
      this.#parts.own(owner, named, 'both', plain('String'));
      if (index === 0) this.#parts.own(owner, named, this.#parts.name('p'), this.#parts.scalar());
      else this.#parts.own(owner, named, this.#parts.name('p'), this.#parts.scalar());
    });
    this.#parts.shared(owners, entity, this.#parts.name('s'), this.#parts.wrapped(named), '');
  }

  #roots(): void {
    const choice = this.#parts.choice;
    for (const subgraph of this.#parts.subgraphs) {
      for (let i = 0; i < choice.int(1, 2); i++) this.#root(subgraph, 'Query');
      if (choice.chance(25)) for (let i = 0; i < choice.int(1, 2); i++) this.#root(subgraph, 'Mutation');
    }
    const shared = choice.one(this.#parts.entities);
    const owners = choice.some(this.#parts.members(shared.name), 1, 2);
    this.#parts.shared(owners, 'Query', 'any', this.#parts.wrapped(shared.name), '');
  }

  #root(subgraph: SubgraphModel, root: 'Query' | 'Mutation'): void {
    const named = this.#parts.choice.chance(85) ? this.#parts.composite(subgraph) : 'String';
    const type = this.#parts.wrapped(named);
    const args =
      named === 'String' && type.lists === 0
        ? this.#parts.choice.one(ARGUMENTS)
        : type.lists > 0
          ? '(first: Int = 2)'
          : '';
    this.#parts.own(subgraph, root, this.#parts.name(root === 'Query' ? 'get' : 'set'), type, args);
  }

  /**
   * Where a subgraph may forget an entity and an ordinary server can say the same: nobody else resolves any of its
   * fields, nobody requires or provides one, and no way from key to key leads through it.
   */
  #forgetful(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const subgraph of this.#parts.subgraphs) {
      for (const { name, hub } of this.#parts.entities) {
        const declared = subgraph.types.get(name);
        const keys = declared?.directives.filter((directive) => directive.startsWith('@key')).length;
        if (!declared || hub === subgraph || keys !== 1 || this.#parts.bridges.has(name)) continue;
        const own = [...(this.#parts.facts.get(name)?.values() ?? [])].filter(
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
