/** The `graph.subscriptions` section: how long streamed answers to clients live, and what a WebSocket may ask for. */
import { z } from 'zod';
import { durationMs, sendBufferBytes, sizeBytes, webOrigins } from '../settings/settings.ts';
import { sourceConfig } from './subscribe/config.ts';

const webSocketConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Serve the graphql-transport-ws subprotocol'),
    initTimeout: durationMs.prefault('3s').describe('From the handshake to connection_init; 4408 after it'),
    operations: z.int().positive().default(20).describe('Operations of one socket at a time; 4429 for more'),
    messagesPerSecond: z.int().positive().default(100).describe('Messages of one socket; 4429 for more'),
    messageSize: sizeBytes.prefault('64KiB').describe('The largest message; 1009 for a larger one'),
    fragments: z.int().positive().default(64).describe('Pieces of one message; 1008 for more'),
    sendBuffer: sendBufferBytes
      .prefault('1MiB')
      .describe('With so much waiting for a client that does not read, nothing more is sent to it'),
    sendTimeout: durationMs.prefault('10s').describe('How long that may last before the client is cut off'),
    ping: durationMs.prefault('20s').describe('How often the client is asked whether it is still there'),
  })
  .prefault({});

export type WebSocketConfig = z.output<typeof webSocketConfig>;

/** Keys for streams to clients, of the graph or of a BFF. */
const clientStreamKeys = {
  origins: webOrigins,
  heartbeat: durationMs
    .prefault('10s')
    .describe('How often a quiet SSE or multipart stream shows that it lives'),
  idle: durationMs.prefault('1h').describe('A stream without a result for so long is ended'),
  lifetime: durationMs.prefault('24h').describe('A stream or socket is ended after so long'),
  connectionsPerIdentity: z
    .int()
    .positive()
    .default(100)
    .describe('Sockets and streams of one caller at a time; of one address, for callers that nobody knows'),
  webSocket: webSocketConfig.describe('Subscriptions over graphql-transport-ws'),
};

/** For a BFF; `streams.reloadGrace` holds for its streams. */
export const clientStreamsConfig = z.strictObject(clientStreamKeys).prefault({});

export type ClientStreamsConfig = z.output<typeof clientStreamsConfig>;

const reloadGrace = durationMs
  .prefault('15m')
  .describe('How long streams that began with a configuration go on after another has replaced it');

export const subscriptionsConfig = z
  .strictObject({ ...clientStreamKeys, reloadGrace, ...sourceConfig })
  .prefault({});

export type SubscriptionsConfig = z.output<typeof subscriptionsConfig>;
