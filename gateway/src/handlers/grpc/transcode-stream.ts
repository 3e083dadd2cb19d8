/**
 * Streams of messages between gRPC and HTTP: frames to lines of JSON or server-sent events, lines of JSON to frames.
 * A message goes on when it is whole. What goes wrong after the head is out is said in the stream: a last line
 * `{"error": …}`, or an event `error`; then the stream ends.
 */
import type { Body } from '../../core/body.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import { SSE_COMPLETE } from '../../wire/events/sse.ts';
import { GrpcFrameReader, grpcFrame } from '../../wire/grpc/grpc-frames.ts';
import { GRPC_OK, type GrpcStatus, readGrpcStatus } from '../../wire/grpc/grpc-status.ts';
import { MappedBody } from '../../wire/json/mapped-body.ts';
import { LineReader } from '../../wire/json/ndjson.ts';

export type StreamFormat = 'ndjson' | 'sse';

export interface ReplyStreamOptions {
  readonly format: StreamFormat;
  readonly maxMessageBytes: number;
  /** A message as compact JSON text. */
  json(message: Uint8Array): string;
  /** The problem documents of a call that failed, and of a backend that broke, as JSON text. */
  failed(status: GrpcStatus): string;
  broken(error: FrontdeskError): string;
}

/** The body for the client. */
export function replyStream(source: Body, options: ReplyStreamOptions): Body {
  const { format, json } = options;
  const reader = new GrpcFrameReader(options.maxMessageBytes);
  const failure = (problem: string): Uint8Array =>
    Buffer.from(format === 'sse' ? `event: error\ndata: ${problem}\n\n` : `{"error":${problem}}\n`);
  return new MappedBody(source, {
    chunk: (chunk) => {
      let text = '';
      for (const message of reader.push(chunk)) {
        text += format === 'sse' ? `data: ${json(message)}\n\n` : `${json(message)}\n`;
      }
      return Buffer.from(text);
    },
    end: (trailers) => {
      const status = trailers && readGrpcStatus(trailers);
      if (!status || reader.isWithinMessage) {
        return failure(
          options.broken(new FrontdeskError('upstream_reset', { detail: 'a gRPC stream broke off' })),
        );
      }
      if (status.code !== GRPC_OK) return failure(options.failed(status));
      return format === 'sse' ? Buffer.from(SSE_COMPLETE) : undefined;
    },
    broken: (error) => failure(options.broken(toFrontdeskError(error))),
  });
}

/** The body for the backend: a frame for each line. `encode` throws for a line that is no such message. */
export function requestStream(
  source: Body,
  maxMessageBytes: number,
  encode: (line: string, index: number) => Uint8Array,
): Body {
  const lines = new LineReader(
    maxMessageBytes,
    () => new FrontdeskError('payload_too_large', { members: { maxBytes: maxMessageBytes } }),
  );
  let index = 0;
  const frames = (texts: readonly string[]): Uint8Array =>
    Buffer.concat(texts.map((line) => grpcFrame(encode(line, index++))));
  return new MappedBody(source, {
    chunk: (chunk) => frames(lines.push(chunk)),
    end: () => frames(lines.end()),
  });
}
