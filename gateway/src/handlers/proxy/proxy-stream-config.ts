/** `to.websocket`, `to.stream` and `to.exchange` of a route: what proxied sockets and streams may take, and how long. */
import { z } from 'zod';
import { durationMs, name, sendBufferBytes, sizeBytes, webOrigins } from '../../settings/settings.ts';
import { compileMessage } from './message-template.ts';

const lifetime = durationMs.prefault('24h').describe('It is ended after so long, whatever goes through');
const maxPerCaller = z
  .int()
  .min(1)
  .max(1_000_000)
  .default(100)
  .describe('Open at a time for one caller on this route; of one address, for callers that nobody knows');
const messageSize = sizeBytes.prefault('1MiB').describe('The largest message; a larger one closes with 1009');

const webSocketSettings = z.strictObject({
  origins: webOrigins,
  subprotocols: z
    .array(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a subprotocol'))
    .min(1)
    .max(32)
    .optional()
    .describe('Of those that a client offers, only these are passed on; all where not set'),
  messageSize,
  fragments: z.int().min(1).max(16_384).default(1_024).describe('Pieces of one message; 1008 for more'),
  messagesPerSecond: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(1_000)
    .describe("A client's messages in a second; 1008 for more"),
  idle: durationMs.prefault('1h').describe('Without a message either way for so long it is closed: 1001'),
  lifetime,
  maxPerCaller,
  ping: durationMs
    .prefault('20s')
    .describe('How often each side is asked whether it is still there; it is cut off after twice as long'),
  sendBuffer: sendBufferBytes
    .prefault('256KiB')
    .describe('With so much waiting for a client the backend is held back until all of it is taken'),
  sendTimeout: durationMs.prefault('30s').describe('How long that may last before the client is cut off'),
  http: z
    .boolean()
    .default(false)
    .describe('Pass on requests that ask for no WebSocket as ordinary ones; 426 where not'),
});

export const webSocketConfig = z
  .union([z.literal(true).transform(() => webSocketSettings.parse({})), webSocketSettings], {
    error: 'expected true, or settings such as { origins: [https://app.example] }',
  })
  .describe('WebSockets go through to the upstream');

export type WebSocketConfig = z.output<typeof webSocketSettings>;

const streamSettings = z.strictObject({
  idle: durationMs.prefault('5m').describe('Without a byte of the backend for so long it counts as broken'),
  lifetime,
  maxPerCaller,
  eventSize: sizeBytes.prefault('1MiB').describe('The largest event of an event stream'),
  heartbeat: durationMs
    .optional()
    .describe('How often a comment shows that a quiet event stream lives; never where not set'),
});

export const streamConfig = z
  .union([z.literal(true).transform(() => streamSettings.parse({})), streamSettings], {
    error: 'expected true, or settings such as { idle: 5m }',
  })
  .describe('Replies are streams without an end of their own, such as text/event-stream');

export type StreamConfig = z.output<typeof streamSettings>;

/** The `streams` section. */
export const streamsConfig = z
  .strictObject({
    reloadGrace: durationMs
      .prefault('15m')
      .describe('How long proxied sockets and streams go on after another configuration has replaced theirs'),
  })
  .prefault({});

/** What a message must say: the member at `path` (names joined by dots, from the top) is `equals`, or is there. */
const messageMatch = z.strictObject({
  path: z
    .string()
    .regex(/^[^.]+(\.[^.]+)*$/, 'expected a member name, or names joined by dots')
    .describe('A member of the message, names joined by dots'),
  equals: z
    .union([z.string(), z.number(), z.boolean(), z.null()])
    .optional()
    .describe('What it must be; that it is there is enough by default'),
});

export type MessageMatch = z.output<typeof messageMatch>;

const messageTemplate = z
  .string()
  .min(1)
  .max(65_536)
  .superRefine((text, context) => {
    try {
      compileMessage(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  });

const untilConfig = z
  .strictObject({
    messages: z.int().min(1).max(100_000).optional().describe('So many messages have come'),
    match: messageMatch.optional().describe('A message says this; it is the last of the answer'),
    close: z.literal(true).optional().describe('The backend closes in good order'),
    after: durationMs.optional().describe('So long after the handshake: what has come is the answer'),
  })
  .refine((until) => Object.values(until).some((one) => one !== undefined), {
    message: 'expected at least one of messages, match, close, after',
  })
  .prefault({ messages: 1 })
  .describe('When the answer is whole: at the first of these');

export const exchangeConfig = z
  .strictObject({
    upstream: name.describe('A name under upstreams'),
    path: z
      .string()
      .regex(/^\//, 'expected a path that begins with /')
      .optional()
      .describe('The path of the handshake, with the :params and * of the match; as it came where not set'),
    subprotocol: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a subprotocol')
      .optional()
      .describe('The one that the backend must speak'),
    send: z
      .array(messageTemplate)
      .max(16)
      .default(['{body}'])
      .describe(
        'Messages that are sent first: {body}, and as JSON text {body.member}, {params.name}, {query.name}, {identity.subject}',
      ),
    skip: z
      .array(messageMatch)
      .max(16)
      .default([])
      .describe('Messages that are no part of the answer, such as greetings'),
    until: untilConfig,
    answer: z
      .enum(['message', 'array', 'ndjson'])
      .default('message')
      .describe('The last message alone, all in an array, or each on a line as it comes'),
    messageSize,
    maxMessages: z.int().min(1).max(100_000).default(1_000).describe('Messages of one answer; 502 for more'),
    maxSize: sizeBytes.prefault('4MiB').describe('Bytes of all messages of one answer; 502 for more'),
    lifetime: durationMs
      .prefault('5m')
      .describe('Longest time of an ndjson answer; others have the deadline'),
    maxPerCaller,
  })
  .describe('A WebSocket to the upstream for each request: its replies are the answer');

export type ExchangeConfig = z.output<typeof exchangeConfig>;
