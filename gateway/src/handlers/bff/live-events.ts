/**
 * The REST face of a live stream: `GET {mount}{path}` as Server-Sent Events (HTML Living Standard §9.2). First `screen`
 * with every part, then an event for each part's new value, named as the part; `incomplete` where parts are missing or
 * stale; at last `problem`, where something went wrong, and `end` with the reason.
 *
 * An event's id says which values the client has, a digest for each part: one that comes back with it (`Last-Event-ID`)
 * is told only what is new since, and nothing (204, after which browsers stay away) where all is told.
 */
import { createHash } from 'node:crypto';
import { type GraphQLSchema, getNullableType, isObjectType } from 'graphql';
import { type Live, partsOf } from '../../bff/live/live.ts';
import type { LiveRun } from '../../bff/live/live-run.ts';
import { emptyBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { preferredType } from '../../wire/content-negotiation.ts';
import { SSE_HEARTBEAT, SSE_MEDIA_TYPE, sseEvent } from '../../wire/events/sse.ts';
import { problemDetails } from '../../wire/problem-details.ts';
import { PayloadBody, type StreamDialect, streamHeaders } from '../reshaping/payload-body.ts';
import type { FaceParts } from './face-parts.ts';
import { readInput } from './input.ts';
import { endReason, openLive } from './live-session.ts';

/** Characters of a part's digest: 48 bits. */
const DIGEST_CHARS = 8;
/** When clients come back, milliseconds: a random time between, so that they do not come at once. */
const RETRY_MS = [1_000, 4_000] as const;

export function liveHandler(live: Live, parts: FaceParts): Handler {
  const { streams, clock } = parts;
  if (!streams) throw new TypeError(`live ${live.field}: nothing bounds its streams`);
  const complete = completers(live, parts);
  return async (exchange) => {
    if (preferredType(exchange.headers.get('accept'), [SSE_MEDIA_TYPE]) === undefined) {
      throw new FrontdeskError('not_acceptable', {
        members: { reason: `A live stream is served as ${SSE_MEDIA_TYPE}.` },
      });
    }
    const run = await openLive(parts, live, readInput(live, exchange), exchange);
    const events = new EventTexts(live, run, complete);
    const known = exchange.headers.get('last-event-id');
    if (known !== undefined && run.isOver && events.missed(known)?.length === 0) {
      run.end();
      return makeReply(204, new HeaderFields(['cache-control', 'no-store']), emptyBody);
    }
    const [least, most] = RETRY_MS;
    const retryMs = Math.round(least + (most - least) * streams.random());
    const body = new PayloadBody({
      exchange,
      payloads: events.texts(known),
      dialect: dialectOf(exchange, retryMs),
      clock,
      heartbeatMs: streams.keeper.config.heartbeat,
      slowMs: live.slowConsumerMs,
    });
    return makeReply(200, streamHeaders(SSE_MEDIA_TYPE), body) satisfies Reply;
  };
}

function dialectOf({ id }: Exchange, retryMs: number): StreamDialect {
  const end = (reason: string): string => sseEvent('end', JSON.stringify({ reason }));
  return {
    open: `retry: ${retryMs}\n\n`,
    heartbeat: SSE_HEARTBEAT,
    complete: end('done'),
    payload: (text) => text,
    failure: (error) => {
      const reason = endReason(error);
      const isProblem = error.code !== 'stream_ended' && error.code !== 'draining';
      const problem = isProblem ? sseEvent('problem', JSON.stringify(problemDetails(error, id))) : '';
      return problem + end(reason);
    },
  };
}

type Completers = ReadonlyMap<string, (value: unknown) => unknown>;

/** Each part's value as the schema lets it be seen. */
function completers(live: Live, { schema, shapes, logger, bff }: FaceParts): Completers {
  const type = typeOf(live, schema);
  const found = new Map<string, (value: unknown) => unknown>();
  for (const name of partsOf(live)) {
    const field = type.getFields()[name];
    if (!field) continue;
    const complete = shapes.of(field.type, `${type.name}.${name}`);
    found.set(name, (value) => {
      const gaps: Parameters<typeof complete>[2]['gaps'] = [];
      const shown = complete(value, undefined, { refused: undefined, gaps });
      for (const { message } of gaps) {
        logger.warn({ bff: bff.name, part: name, gap: message }, 'a part is not as promised');
      }
      return shown ?? null;
    });
  }
  return found;
}

/** `bindSchema` has refused a stream without such a field. */
function typeOf({ field }: Live, schema: GraphQLSchema) {
  const root = schema.getSubscriptionType()?.getFields()[field];
  const type = root && getNullableType(root.type);
  if (!isObjectType(type)) throw new TypeError(`Subscription.${field} is of no object type`);
  return type;
}

/** What happens to a stream, as the texts of events. */
class EventTexts {
  readonly #live: Live;
  readonly #run: LiveRun;
  readonly #complete: Completers;
  /** Of what the client has, by part, in the screen's order. */
  readonly #digests = new Map<string, string>();

  constructor(live: Live, run: LiveRun, complete: Completers) {
    this.#live = live;
    this.#run = run;
    this.#complete = complete;
  }

  /** The parts that are new to a client with such an id; `undefined` where it needs the whole. */
  missed(id: string): readonly string[] | undefined {
    const names = partsOf(this.#live);
    if (id.length !== names.length * DIGEST_CHARS) return undefined;
    const values = this.#run.values();
    const missed: string[] = [];
    for (const [i, name] of names.entries()) {
      const had = id.slice(i * DIGEST_CHARS, (i + 1) * DIGEST_CHARS);
      if (digestOf(this.#shown(name, values[name])) !== had) missed.push(name);
    }
    // Parts that do not change while a stream lasts have no events of their own.
    return missed.every((name) => Object.hasOwn(this.#live.updates, name)) ? missed : undefined;
  }

  /** `known`: the id of what the client has. */
  async *texts(known: string | undefined): AsyncGenerator<string, void, undefined> {
    const run = this.#run;
    for (let event = await run.next(); event; event = await run.next()) {
      switch (event.kind) {
        case 'screen': {
          // Judged by what is said now: values may have come since it was opened.
          const missed = known === undefined ? undefined : this.missed(known);
          yield missed ? this.#since(missed) : this.#whole();
          break;
        }
        case 'part': {
          const text = this.#changed(event.name, event.value);
          if (text !== '') yield text;
          break;
        }
        case 'incomplete':
          yield incompleteEvent(event.parts);
      }
    }
  }

  #whole(): string {
    const values = this.#run.values();
    const members = Object.keys(values).map(
      (name) => `${JSON.stringify(name)}:${this.#note(name, values[name])}`,
    );
    return this.#withIncomplete(sseEvent('screen', `{${members.join(',')}}`, this.#id()));
  }

  #since(missed: readonly string[]): string {
    const values = this.#run.values();
    for (const [name, value] of Object.entries(values)) this.#note(name, value);
    return this.#withIncomplete(missed.map((name) => this.#part(name, values[name])).join(''));
  }

  #withIncomplete(text: string): string {
    const { incomplete } = this.#run.state();
    return incomplete.length > 0 ? text + incompleteEvent(incomplete) : text;
  }

  /** Empty where the client has that value: backends tell again what they told before. */
  #changed(name: string, value: unknown): string {
    const before = this.#digests.get(name);
    const json = this.#note(name, value);
    return this.#digests.get(name) === before ? '' : sseEvent(name, json, this.#id());
  }

  #part(name: string, value: unknown): string {
    const json = this.#note(name, value);
    return sseEvent(name, json, this.#id());
  }

  /** The value's JSON; from now on the client has it. */
  #note(name: string, value: unknown): string {
    const json = this.#shown(name, value);
    this.#digests.set(name, digestOf(json));
    return json;
  }

  #shown(name: string, value: unknown): string {
    return JSON.stringify(this.#complete.get(name)?.(value) ?? null);
  }

  #id(): string {
    return [...this.#digests.values()].join('');
  }
}

function incompleteEvent(parts: readonly string[]): string {
  return sseEvent('incomplete', JSON.stringify({ parts }));
}

function digestOf(json: string): string {
  return createHash('sha256').update(json).digest('base64url').slice(0, DIGEST_CHARS);
}
