/**
 * The REST face of a screen: `GET {mount}{path}`, its parts in one JSON object, held to the schema. With `?fields=` only
 * the named parts are fetched.
 */
import {
  type GraphQLField,
  type GraphQLObjectType,
  getNullableType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { cachePolicy } from '../../bff/screen/cache-policy.ts';
import type { PartOutcome, ScreenRun } from '../../bff/screen/engine.ts';
import type { Screen } from '../../bff/screen/screen.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Handler, Reply } from '../../core/exchange.ts';
import { answerReply, NO_STORE } from './answer-reply.ts';
import { AnswerGap, below, type Completer, type Completion, type Selection } from './answer-shape.ts';
import type { FaceParts } from './face-parts.ts';
import { readInput } from './input.ts';
import { type ProgressiveForm, progressiveForm, progressiveReply } from './progressive.ts';
import { beginScreen, callerOf } from './request-runs.ts';
import { selectedFields } from './selected-fields.ts';

/** A part as the schema shows it. */
interface ShownPart {
  readonly name: string;
  readonly coordinate: string;
  readonly nullable: boolean;
  readonly complete: Completer;
}

/** What may be found of one answer while it is put together. */
interface Answer {
  readonly values: Record<string, unknown>;
  /** The parts that are missing or partial. */
  readonly incomplete: ReadonlySet<string>;
  readonly retryAfterS: number | undefined;
  /** Whether nothing was refused, and every promise kept. */
  readonly isWhole: boolean;
}

type Refused = ReadonlyMap<string, FrontdeskError> | undefined;

export function screenHandler(screen: Screen, parts: FaceParts): Handler {
  const { schema, limits } = parts;
  const { type, root, coordinate } = typeOf(screen, parts);
  const shown = shownParts(screen, type, parts);
  const limited = limits?.fieldsOf(type, undefined);
  const refusedOf = async (exchange: Exchange, selection: Selection): Promise<Refused> => {
    if (!limits || !limited) return undefined;
    const fields = selection ? limits.fieldsOf(type, selection) : limited;
    const refused = await limits.refused([coordinate, ...fields], callerOf(exchange));
    const whole = refused.get(coordinate);
    if (whole) throw whole;
    return refused.size > 0 ? refused : undefined;
  };
  return async (exchange) => {
    const selection = selectedFields(exchange.query, root.type, schema);
    const input = readInput(screen, exchange);
    const refused = limits && (await refusedOf(exchange, selection));
    const asked = selection ? shown.filter(({ name }) => selection.member(name)) : shown;
    const form = parts.streams && progressiveForm(exchange.headers.get('accept'));
    const run = beginScreen(parts, screen, input, exchange);
    if (form) return progressively(run, exchange, form, asked, selection, refused, parts);
    try {
      const answer = await gather(run, asked, selection, refused, parts);
      exchange.cancellation.throwIfCancelled();
      const policy = answer.isWhole ? cachePolicy(run) : undefined;
      return answerReply(exchange, answer.values, {
        incomplete: Object.keys(screen.parts).filter((name) => answer.incomplete.has(name)),
        cacheControl: policy?.cacheControl ?? NO_STORE,
        // The same screen is there as a stream of its parts.
        vary: [...(parts.streams ? ['accept'] : []), ...(policy?.vary ?? [])],
        retryAfterS: answer.retryAfterS,
      });
    } finally {
      run.close();
    }
  };
}

/** Part by part, as they come. */
async function progressively(
  run: ScreenRun,
  exchange: Exchange,
  form: ProgressiveForm,
  asked: readonly ShownPart[],
  selection: Selection,
  refused: Refused,
  parts: FaceParts,
): Promise<Reply> {
  const { clock, streams } = parts;
  const byName = new Map(asked.map((part) => [part.name, part]));
  try {
    return await progressiveReply(exchange, form, {
      names: [...byName.keys()],
      isRequired: (name) => run.screen.parts[name]?.required === true,
      async take(name) {
        const part = byName.get(name);
        const { values, incomplete } = await gather(run, part ? [part] : [], selection, refused, parts);
        return { value: values[name], incomplete: incomplete.has(name) };
      },
      close: () => run.close(),
      clock,
      heartbeatMs: streams?.keeper.config.heartbeat ?? Number.POSITIVE_INFINITY,
    });
  } catch (error) {
    run.close();
    throw error;
  }
}

/** `bindSchema` has refused a screen without such a field. */
function typeOf(
  { field }: Screen,
  { schema }: FaceParts,
): { type: GraphQLObjectType; root: GraphQLField<unknown, unknown>; coordinate: string } {
  const query = schema.getQueryType();
  const root = query?.getFields()[field];
  const type = root && getNullableType(root.type);
  if (!root || !isObjectType(type)) throw new TypeError(`Query.${field} is of no object type`);
  return { type, root, coordinate: `${query.name}.${field}` };
}

function shownParts(screen: Screen, type: GraphQLObjectType, { shapes }: FaceParts): readonly ShownPart[] {
  return Object.keys(screen.parts).flatMap((name) => {
    const field = type.getFields()[name];
    if (!field) return [];
    const coordinate = `${type.name}.${name}`;
    const complete = shapes.of(field.type, coordinate);
    return { name, coordinate, nullable: !isNonNullType(field.type), complete };
  });
}

async function gather(
  run: ScreenRun,
  asked: readonly ShownPart[],
  selection: Selection,
  refused: Refused,
  parts: FaceParts,
): Promise<Answer> {
  for (const { coordinate, nullable } of refused ? asked : []) {
    const refusal = nullable ? undefined : refused?.get(coordinate);
    if (refusal) throw refusal;
  }
  const outcomes = await Promise.all(
    asked.map(({ name, coordinate }) => (refused?.has(coordinate) ? undefined : run.part(name))),
  );
  const incomplete = new Set(run.incomplete);
  const values: Record<string, unknown> = {};
  let retryAfterS: number | undefined;
  let isWhole = true;
  for (const [i, part] of asked.entries()) {
    const { name, coordinate } = part;
    const named = selection?.member(name);
    const completion: Completion = { refused, gaps: [] };
    const refusal = refused?.get(coordinate);
    values[name] = refusal ? null : completed(part, outcomes[i], named && below(named), completion);
    for (const { message, refusal: because } of completion.gaps) {
      if (because) retryAfterS = Math.max(retryAfterS ?? 0, because.retryAfterS ?? 0);
      else parts.logger.warn({ bff: parts.bff.name, part: name, gap: message }, 'a part is not as promised');
    }
    if (refusal) retryAfterS = Math.max(retryAfterS ?? 0, refusal.retryAfterS ?? 0);
    if (!refusal && completion.gaps.length === 0) continue;
    incomplete.add(name);
    isWhole = false;
  }
  return { values, incomplete, retryAfterS, isWhole };
}

/** A part that breaks a promise which no null can mend fails the screen, as on the GraphQL face. */
function completed(
  { name, complete }: ShownPart,
  outcome: PartOutcome | undefined,
  selection: Selection,
  completion: Completion,
): unknown {
  try {
    return complete(outcome?.value, selection, completion);
  } catch (thrown) {
    if (!(thrown instanceof AnswerGap)) throw thrown;
    if (thrown.refusal) throw thrown.refusal;
    throw new FrontdeskError('part_failed', {
      detail: `part ${name}: ${thrown.message}`,
      members: { part: name },
    });
  }
}
