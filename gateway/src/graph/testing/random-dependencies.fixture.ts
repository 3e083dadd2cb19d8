/** Fields that depend on those of other subgraphs (`@requires`), and references that bring such fields along (`@provides`). */
import { type EntityModel, meet, plain, type SchemaParts } from './random-parts.fixture.ts';
import type { FieldFacts, SubgraphModel } from './random-types.fixture.ts';

export class DependencyMaker {
  readonly #parts: SchemaParts;

  constructor(parts: SchemaParts) {
    this.#parts = parts;
  }

  /** Lets a reference bring a field of its entity along. */
  provide(owner: SubgraphModel, type: string, field: string, named: string): void {
    const target = owner.possible(named)[0];
    const chosen = this.#foreignField(owner, target, true);
    if (!target || !chosen || !this.#parts.choice.chance(40)) return;
    const [provided] = chosen;
    this.#external(owner, target, chosen);
    for (const subgraph of this.#parts.subgraphs) {
      const directives =
        subgraph === owner ? undefined : subgraph.types.get(target)?.fields.get(provided)?.directives;
      if (directives && !directives.includes('@shareable')) directives.push('@shareable');
    }
    const set = target === named ? provided : `... on ${target} { ${provided} }`;
    owner.type(type).fields.get(field)?.directives.push(`@provides(fields: "${set}")`);
    this.#parts.bridges.add(target);
  }

  /** A field of `type` that this subgraph does not have. */
  #foreignField(
    subgraph: SubgraphModel,
    type: string | undefined,
    forProvides = false,
  ): [string, FieldFacts] | undefined {
    const declared = type === undefined ? undefined : subgraph.types.get(type);
    if (!type || !declared || !this.#parts.names().includes(type)) return undefined;
    const fields = [...(this.#parts.facts.get(type) ?? [])].filter(([field, fact]) => {
      const holder = this.#parts.subgraphs.find((one) => one.types.get(type)?.fields.has(field));
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
    return fields.length > 0 ? this.#parts.choice.one(fields) : undefined;
  }

  #external(subgraph: SubgraphModel, type: string, [field, fact]: [string, FieldFacts]): void {
    subgraph.type(type).fields.set(field, { type: fact.type, args: '', directives: ['@external'] });
  }

  require({ name }: EntityModel): void {
    for (const subgraph of this.#parts.members(name)) {
      if (!this.#parts.choice.chance(50)) continue;
      const sets: string[] = [];
      for (let i = 0; i < this.#parts.choice.int(1, 2); i++) {
        const set = this.#requirement(subgraph, name);
        if (set !== undefined) sets.push(set);
      }
      if (sets.length === 0) continue;
      const directive = `@requires(fields: "${sets.join(' ')}")`;
      this.#parts.own(
        subgraph,
        name,
        this.#parts.name('d'),
        plain('String', this.#parts.choice.chance(20)),
        '',
        [directive],
      );
    }
  }

  /** Declares what is required external, and writes it as a set of fields. */
  #requirement(subgraph: SubgraphModel, type: string): string | undefined {
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
      this.#parts.declareValue(subgraph, named);
      for (const fact of this.#parts.facts.get(named)?.values() ?? []) fact.solid = true;
      for (const fact of this.#parts.facts.get('V0')?.values() ?? []) fact.solid = true;
      return named === 'V0' ? this.#parts.choice.some(['x', 'y'], 1).join(' ') : 'z v { x }';
    }
    const abstract = !possible.includes(named);
    if (abstract && !this.#parts.declares(subgraph, named)) return undefined;
    const sets: string[] = [];
    for (const type of abstract ? meet(possible, subgraph.possible(named)) || [] : possible) {
      const entity = this.#parts.entities.find(({ name }) => name === type);
      if (!entity) continue;
      this.#parts.refer(subgraph, entity);
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
    this.#parts.bridges.add(type);
  }
}
