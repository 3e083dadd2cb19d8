/**
 * What one document may ask, checked before validation and planning, whose cost these limits bound
 * (CVE-2023-26144 and its kin). Counts follow fragments to where they are spread; each fragment is
 * measured once, so a document that doubles itself through fragments is refused in linear time.
 */
import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import { z } from 'zod';
import { FrontdeskError } from '../../core/errors.ts';

const limit = (value: number, what: string) => z.int().positive().default(value).describe(what);

const limitOrNone = (value: number, what: string) =>
  z
    .union([z.int().positive(), z.literal('unlimited')])
    .prefault(value)
    .transform((given) => (given === 'unlimited' ? Number.POSITIVE_INFINITY : given))
    .describe(what);

export const graphLimitsConfig = z
  .strictObject({
    tokens: limit(1000, 'lexical tokens in a document'),
    registeredTokens: limit(5000, 'lexical tokens in a registered document'),
    depth: limit(10, 'nested fields, introspection left out'),
    aliases: limit(30, 'aliased fields, fragments spread'),
    rootFields: limit(20, 'fields at the root, fragments spread'),
    directives: limit(50, 'directives in a document'),
    selections: limit(2000, 'fields in all, fragments spread'),
    valueDepth: limit(20, 'lists and objects in one another, in arguments and variables'),
    listItems: limitOrNone(1000, 'items of one list in arguments and variables'),
    listSize: limitOrNone(1000, 'items that one list of the answer may be asked for'),
    cost: limitOrNone(50_000, 'static cost of an operation'),
  })
  .prefault({});

export type GraphLimits = z.output<typeof graphLimitsConfig>;

/** What the shape of a document may be. */
type ShapeLimits = Pick<GraphLimits, 'depth' | 'aliases' | 'rootFields' | 'directives' | 'selections'>;

interface Measure {
  readonly depth: number;
  readonly aliases: number;
  readonly fields: number;
  /** Fields at its own level, fragments spread. */
  readonly level: number;
}

const NOTHING: Measure = { depth: 0, aliases: 0, fields: 0, level: 0 };

/**
 * Refuses a document that exceeds a limit: `FrontdeskError('invalid_query')` whose `members.reason` is public.
 * (Tokens are counted by the parser itself.)
 */
export function checkLimits(document: DocumentNode, limits: ShapeLimits): void {
  const meter = new DocumentMeter(document);
  let operations = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    operations += 1;
    meter.countDirectives(definition.directives?.length);
    const { depth, aliases, fields, level } = meter.measure(definition.selectionSet);
    refuseOver('depth', depth, limits.depth);
    refuseOver('aliases', aliases, limits.aliases);
    refuseOver('root fields', level, limits.rootFields);
    refuseOver('fields', fields, limits.selections);
  }
  // Fragments that nobody spreads are validated too.
  if (operations > 0) meter.measureRest();
  refuseOver('directives', meter.directives, limits.directives);
}

/** The public word on a request that a limit refuses. */
export function refusal(reason: string): FrontdeskError {
  return new FrontdeskError('invalid_query', { detail: reason, members: { reason } });
}

function refuseOver(what: string, found: number, allowed: number): void {
  if (found > allowed) throw refusal(`The document exceeds the limit of ${allowed} on its ${what}.`);
}

class DocumentMeter {
  directives = 0;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #measures = new Map<string, Measure | 'open'>();

  constructor(document: DocumentNode) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
  }

  countDirectives(count: number | undefined): void {
    this.directives += count ?? 0;
  }

  measureRest(): void {
    for (const name of this.#fragments.keys()) this.#fragment(name);
  }

  measure(set: SelectionSetNode): Measure {
    let depth = 0;
    let aliases = 0;
    let fields = 0;
    let level = 0;
    for (const selection of set.selections) {
      this.countDirectives(selection.directives?.length);
      if (selection.kind === Kind.FIELD) {
        level += 1;
        fields += 1;
        if (selection.alias) aliases += 1;
        // Introspection has a depth rule of its own in graphql-js.
        const meta = selection.name.value === '__schema' || selection.name.value === '__type';
        const inner = selection.selectionSet ? this.measure(selection.selectionSet) : NOTHING;
        depth = Math.max(depth, meta ? 1 : inner.depth + 1);
        aliases += inner.aliases;
        fields += inner.fields;
      } else {
        const inner =
          selection.kind === Kind.INLINE_FRAGMENT
            ? this.measure(selection.selectionSet)
            : this.#fragment(selection.name.value);
        depth = Math.max(depth, inner.depth);
        aliases += inner.aliases;
        fields += inner.fields;
        level += inner.level;
      }
    }
    return { depth, aliases, fields, level };
  }

  /** An unknown fragment weighs nothing here: validation refuses it. */
  #fragment(name: string): Measure {
    const known = this.#measures.get(name);
    if (known === 'open') throw refusal('A fragment spreads itself.');
    if (known) return known;
    const fragment = this.#fragments.get(name);
    if (!fragment) return NOTHING;
    this.#measures.set(name, 'open');
    this.countDirectives(fragment.directives?.length);
    const measure = this.measure(fragment.selectionSet);
    this.#measures.set(name, measure);
    return measure;
  }
}
