/**
 * `@rateLimit(limit, duration)` in a BFF's schema, by graphql-rate-limit-directive, drawn from our own token buckets and
 * their store in place of its fixed windows: a bucket of `limit` that fills in `duration` seconds, for each caller and
 * field. A refused field is an error of that field; those beside it are answered.
 */
import {
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getDirectiveValues,
  isObjectType,
  OperationTypeNode,
  responsePathAsArray,
} from 'graphql';
import { rateLimitDirective } from 'graphql-rate-limit-directive';
import type { IRateLimiterOptions, RateLimiterAbstract } from 'rate-limiter-flexible';
import limiters from 'rate-limiter-flexible';
import { FrontdeskError } from '../../core/errors.ts';
import { type DrawField, type FieldLimit, fieldKey } from './field-limits.ts';

/** Who asks, as the context of a request tells it. */
export interface LimitedCaller {
  /** In parts; the first decides where in a cluster of Redis its buckets lie. */
  caller(): readonly string[];
  /** Whether what is deferred runs apart: then one field may be gone through several times. */
  readonly slot?: { readonly accepts: { readonly incremental: boolean } | undefined };
}

export interface BffRateLimitOptions {
  /** The BFF's name: each has buckets of its own. */
  readonly bff: string;
  readonly draw: DrawField;
}

/** What a schema is joined with that uses the directive. */
export const rateLimitTypeDefs = rateLimitDirective().rateLimitDirectiveTypeDefs;

/** The schema with resolvers that draw first. Its faults go to `faults`. */
export function withRateLimits(
  schema: GraphQLSchema,
  { bff, draw }: BffRateLimitOptions,
  faults: string[],
): GraphQLSchema {
  const wrong = faultsOf(schema);
  faults.push(...wrong);
  if (wrong.length > 0) return schema;
  const { rateLimitDirectiveTransformer } = rateLimitDirective<LimitedCaller>({
    limiterClass: limiterOver(bff, draw),
    keyGenerator: (_directive, _source, _args, context, { parentType, fieldName }) =>
      JSON.stringify([...context.caller(), `${parentType.name}.${fieldName}`]),
    onLimit: ({ msBeforeNext }) => {
      const retryAfterS = Math.max(1, Math.ceil(msBeforeNext / 1000));
      throw new FrontdeskError('rate_limited', { retryAfterS, members: { retryAfter: retryAfterS } });
    },
  });
  return drawingOnce(schema, rateLimitDirectiveTransformer(schema));
}

type Resolve = GraphQLFieldResolver<unknown, LimitedCaller>;

/** The pieces of a query with `@defer` go through one field again and again: it is resolved, and draws, the first time. */
function drawingOnce(before: GraphQLSchema, schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const plain = before.getType(type.name);
    for (const field of Object.values(type.getFields())) {
      const isLimited = isObjectType(plain) && plain.getFields()[field.name]?.resolve !== field.resolve;
      if (isLimited && field.resolve) field.resolve = resolvingOnce(field.resolve);
    }
  }
  return schema;
}

function resolvingOnce(resolve: Resolve): Resolve {
  const resolved = new WeakMap<LimitedCaller, Map<string, unknown>>();
  return (source, given, context, info) => {
    if (!context.slot?.accepts?.incremental || info.operation.operation !== OperationTypeNode.QUERY) {
      return resolve(source, given, context, info);
    }
    const known = resolved.get(context) ?? new Map<string, unknown>();
    resolved.set(context, known);
    const place = JSON.stringify(responsePathAsArray(info.path));
    if (!known.has(place)) known.set(place, resolve(source, given, context, info));
    return known.get(place);
  };
}

/**
 * A limiter of the shape that the directive expects, which makes one for each pair of limit and duration. The library's
 * bare class is a type alone: of the one in memory nothing is used, and it keeps nothing.
 */
function limiterOver(bff: string, draw: DrawField): typeof RateLimiterAbstract {
  return class extends limiters.RateLimiterMemory {
    readonly #limit: FieldLimit;

    constructor(options: IRateLimiterOptions) {
      super(options);
      const { points = 1, duration = 1 } = options;
      this.#limit = { capacity: points, refillPerMs: points / (duration * 1000) };
    }

    override async consume(key: string | number, tokens = 1): Promise<limiters.RateLimiterRes> {
      const { allowed, remaining, retryAfterMs } = await draw(this.#limit, keyOf(bff, `${key}`), tokens);
      const waitMs = Number.isFinite(retryAfterMs) ? retryAfterMs : this.msDuration;
      const told = new limiters.RateLimiterRes(remaining, waitMs, tokens, false);
      // The directive takes an error for a failure, and this for a refusal.
      if (!allowed) throw told;
      return told;
    }
  };
}

function keyOf(bff: string, text: string): string[] {
  const parts: unknown = JSON.parse(text);
  return fieldKey(bff, Array.isArray(parts) ? parts.map(String) : [text]);
}

/** What the library would take for another number in silence. */
function faultsOf(schema: GraphQLSchema): string[] {
  const directive = schema.getDirective('rateLimit');
  if (!directive) return [];
  const faults: string[] = [];
  const check = (place: string, node: Parameters<typeof getDirectiveValues>[1] | null | undefined): void => {
    const values = node ? getDirectiveValues(directive, node) : undefined;
    for (const name of ['limit', 'duration'] as const) {
      if (values && !(Number(values[name]) >= 1))
        faults.push(`${place}: @rateLimit: expected a ${name} of 1 at least`);
    }
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (!('getFields' in type)) continue;
    check(type.name, type.astNode);
    for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field.astNode);
  }
  return faults;
}
