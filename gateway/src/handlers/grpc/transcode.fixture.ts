/** What the tests of transcoding share: a route in front of a real gRPC server, and requests to it. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Metadata, UntypedServiceImplementation } from '@grpc/grpc-js';
import { collect, WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Handler, Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { shop } from './grpc.fixture.ts';
import { transcodeHandler } from './transcode.ts';
import { transcodeConfig } from './transcode-config.ts';

export type Answer = (error: object | null, value?: object, trailer?: Metadata) => void;
export interface Call {
  readonly request: object;
  readonly metadata: Metadata;
  readonly path?: string;
  sendMetadata(metadata: Metadata): void;
}

/** Answers with the request, as text, in the name; and counts. */
export const echo = (call: Call, answer: Answer): void =>
  answer(null, { name: JSON.stringify(call.request), price: '9007199254740993' });

export async function transcoder(
  t: TestContext,
  methods: UntypedServiceImplementation,
  more: object = {},
  strip: readonly string[] = [],
): Promise<Handler> {
  const { proto, callUpstream } = await shop(t, methods);
  const config = transcodeConfig.parse({ upstream: 'shop', proto, ...more });
  return transcodeHandler({ callUpstream, config, template: '/*', strip });
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export function ask(
  handler: Handler,
  method: string,
  target: string,
  { headers = {}, body }: Asked = {},
): Promise<Reply> {
  const [path = '/', query = ''] = target.split('?', 2);
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const exchange = exchangeOn(systemClock, {
    method,
    path,
    query,
    headers: HeaderFields.of({ ...json, ...headers }),
    body: new WholeBody(body ?? ''),
  });
  return handler(exchange);
}

export async function jsonOf(reply: Reply): Promise<unknown> {
  return JSON.parse(Buffer.from(await collect(reply.body, 1e6, () => new Error())).toString());
}

/** The request as the server saw it. */
export async function seen(
  handler: Handler,
  method: string,
  target: string,
  asked?: Asked,
): Promise<unknown> {
  const reply = await jsonOf(await ask(handler, method, target, asked));
  assert.ok(typeof reply === 'object' && reply !== null && 'name' in reply);
  return JSON.parse(String(reply.name));
}

export async function refusal(
  handler: Handler,
  method: string,
  target: string,
  asked?: Asked,
): Promise<FrontdeskError> {
  return ask(handler, method, target, asked).then(
    () => assert.fail('it was taken'),
    (error: unknown) => {
      assert.ok(error instanceof FrontdeskError, String(error));
      return error;
    },
  );
}
