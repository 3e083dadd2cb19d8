/** The REST face of a flow: `POST {mount}{path}` with a JSON object, its answer as JSON. */
import type { Flow } from '../../bff/flow/flow.ts';
import { collect, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { NO_STORE } from './answer-reply.ts';
import { AnswerGap, type Completer } from './answer-shape.ts';
import type { FaceParts } from './face-parts.ts';
import { REPLAYED, runFlow } from './flow-runs.ts';
import { readInput } from './input.ts';

const MAX_BODY_BYTES = 256 * 1024;

export function flowHandler(flow: Flow, parts: FaceParts): Handler {
  const { flows, logger, bff } = parts;
  if (!flows) throw new TypeError(`flow ${flow.field} has nothing to run on`);
  const complete = completerOf(flow, parts);
  return async (exchange) => {
    const input = readInput(flow, exchange, await readBody(exchange));
    const { status, value, incomplete, replayed } = await runFlow(flows, flow, input, exchange);
    const fields = new HeaderFields([
      'content-type',
      'application/json; charset=utf-8',
      'cache-control',
      NO_STORE,
    ]);
    if (incomplete.length > 0) fields.append('frontdesk-incomplete', incomplete.join(', '));
    if (replayed) fields.append(REPLAYED, 'true');
    return makeReply(status, fields, new WholeBody(JSON.stringify(shown(value))));
  };

  /** What was done is done: an answer that breaks the schema's promise is told as it is, and in the log. */
  function shown(value: unknown): unknown {
    try {
      return complete(value, undefined, { refused: undefined, gaps: [] });
    } catch (gap) {
      if (!(gap instanceof AnswerGap)) throw gap;
      logger.error(
        { bff: bff.name, flow: flow.field, gap: gap.message },
        'the answer of a flow is not as promised',
      );
      return value;
    }
  }
}

/** `bindSchema` has refused a flow without such a field. */
function completerOf({ field }: Flow, { schema, shapes }: FaceParts): Completer {
  const root = schema.getMutationType();
  const own = root?.getFields()[field];
  if (!root || !own) throw new TypeError(`there is no Mutation.${field}`);
  return shapes.of(own.type, `${root.name}.${field}`);
}

/** The parsed body; nothing says as much as an empty object. */
async function readBody(exchange: Exchange): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await collect(exchange.body, MAX_BODY_BYTES, () => new FrontdeskError('payload_too_large'));
  if (bytes.length === 0) return {};
  const mediaType = (exchange.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new FrontdeskError('unsupported_media_type');
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FrontdeskError('bad_request', { detail: 'the body is no JSON', cause });
  }
  if (!isObject(body)) throw new FrontdeskError('bad_request', { detail: 'the body is no JSON object' });
  return body;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
