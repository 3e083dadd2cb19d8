/**
 * `@rateLimit` on the REST face: the fields of an answer draw from the same buckets as on the GraphQL face, each once a
 * request, before anything is fetched.
 */
import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql';
import { FrontdeskError } from '../../core/errors.ts';
import { below, type Selection } from './answer-shape.ts';
import { type DrawField, type FieldLimit, fieldKey } from './field-limits.ts';

/** The types that were gone through, by what was asked of them. */
type Seen = Map<Selection, Set<GraphQLObjectType>>;

/** The limited fields of a BFF's schema. */
export class RestLimits {
  readonly #bff: string;
  readonly #schema: GraphQLSchema;
  readonly #draw: DrawField;
  readonly #limits: ReadonlyMap<string, FieldLimit>;

  constructor(bff: string, schema: GraphQLSchema, draw: DrawField, limits: ReadonlyMap<string, FieldLimit>) {
    this.#bff = bff;
    this.#schema = schema;
    this.#draw = draw;
    this.#limits = limits;
  }

  /** `undefined` where no field has a limit. */
  static of(bff: string, schema: GraphQLSchema, draw: DrawField | undefined): RestLimits | undefined {
    const limits = draw ? limitsOf(schema) : undefined;
    return draw && limits && limits.size > 0 ? new RestLimits(bff, schema, draw, limits) : undefined;
  }

  /** The limited fields, as `Type.field`, that an answer of this type has. */
  fieldsOf(type: GraphQLOutputType, selection: Selection): ReadonlySet<string> {
    const found = new Set<string>();
    this.#collect(type, selection, found, new Map());
    return found;
  }

  /** Draws for each field. What is refused, and why. */
  async refused(
    fields: Iterable<string>,
    caller: readonly string[],
  ): Promise<ReadonlyMap<string, FrontdeskError>> {
    const refused = new Map<string, FrontdeskError>();
    const draws = [...fields].map(async (field) => {
      const limit = this.#limits.get(field);
      if (!limit) return;
      const { allowed, retryAfterMs } = await this.#draw(limit, fieldKey(this.#bff, [...caller, field]), 1);
      if (!allowed) refused.set(field, overLimit(retryAfterMs));
    });
    await Promise.all(draws);
    return refused;
  }

  #collect(type: GraphQLOutputType, selection: Selection, found: Set<string>, seen: Seen): void {
    const known = seen.get(selection) ?? new Set();
    seen.set(selection, known);
    const named = getNamedType(type);
    const holders = isObjectType(named)
      ? [named]
      : isAbstractType(named)
        ? this.#schema.getPossibleTypes(named)
        : [];
    for (const holder of holders) {
      // Types may hold each other, and `*` leads along all their ways: each is gone through once for what is asked of it.
      if (known.has(holder)) continue;
      known.add(holder);
      for (const field of Object.values(holder.getFields())) {
        const asked = selection?.member(field.name);
        if (selection && !asked) continue;
        const coordinate = `${holder.name}.${field.name}`;
        if (this.#limits.has(coordinate)) found.add(coordinate);
        this.#collect(field.type, asked && below(asked), found, seen);
      }
    }
  }
}

/** As the GraphQL face says it. */
function overLimit(retryAfterMs: number): FrontdeskError {
  const retryAfterS = Math.max(1, Math.ceil((Number.isFinite(retryAfterMs) ? retryAfterMs : 60_000) / 1000));
  return new FrontdeskError('rate_limited', { retryAfterS, members: { retryAfter: retryAfterS } });
}

/** A field's own directive, or else its type's. */
function limitsOf(schema: GraphQLSchema): ReadonlyMap<string, FieldLimit> {
  const limits = new Map<string, FieldLimit>();
  const directive = schema.getDirective('rateLimit');
  if (!directive) return limits;
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const ofType = type.astNode ? getDirectiveValues(directive, type.astNode) : undefined;
    for (const field of Object.values(type.getFields())) {
      const own = field.astNode ? getDirectiveValues(directive, field.astNode) : undefined;
      const { limit, duration } = own ?? ofType ?? {};
      if (typeof limit !== 'number' || typeof duration !== 'number') continue;
      limits.set(`${type.name}.${field.name}`, { capacity: limit, refillPerMs: limit / (duration * 1000) });
    }
  }
  return limits;
}
