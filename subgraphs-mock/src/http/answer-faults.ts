/** What goes wrong with an answer: another one, half of one, one that is late. */
import type { ServerResponse } from 'node:http';
import type { FaultRule } from './fault-rule.ts';
import { problemAnswer, writeAnswer } from './problem.ts';

/** Puts the rule's error in the place of any answer. */
export function answerWithError(rule: FaultRule, response: ServerResponse): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const headers = rule.retryAfterS === undefined ? {} : { 'retry-after': String(rule.retryAfterS) };
  if (rule.body === undefined) {
    writeAnswer(response, problemAnswer(rule.status ?? 500, 'injected fault', headers));
    return;
  }
  response.statusCode = rule.status ?? 500;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', Buffer.byteLength(rule.body));
  response.end(rule.body);
}

/** Waits; resolves false as soon as the connection is gone. */
export function pause(ms: number, response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      response.off('close', gone);
      resolve(true);
    }, ms);
    response.once('close', gone);
  });
}

/** Time for the half that was sent to arrive before the reset overtakes it. */
const RESET_AFTER_MS = 20;

/** Holds the handler's body back until it is whole, then hands it over, with the response as it was. */
export function holdBack(response: ServerResponse, whole: (body: Buffer) => Promise<void>): void {
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  const chunks: Uint8Array[] = [];
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(chunk);
  };
  response.write = (chunk: unknown) => {
    keep(chunk);
    return true;
  };
  response.end = (chunk?: unknown) => {
    keep(chunk);
    response.write = write;
    response.end = end;
    whole(Buffer.concat(chunks)).catch(() => response.destroy());
    return response;
  };
}

/** Whether a rule wants the bytes of an answer sent other than they are. */
export function isSpoiling(rule: FaultRule): boolean {
  const { resetMidBody, truncate, bodyDelayMs, contentType } = rule;
  return Boolean(resetMidBody || truncate || bodyDelayMs || contentType !== undefined);
}

/** Sends the handler's answer as the rule wants it sent. */
export function spoil(rule: FaultRule, response: ServerResponse): void {
  holdBack(response, (body) => sendSpoilt(rule, response, body));
}

async function sendSpoilt(rule: FaultRule, response: ServerResponse, body: Buffer): Promise<void> {
  if (rule.contentType !== undefined) response.setHeader('content-type', rule.contentType);
  response.setHeader('content-length', body.byteLength);
  if (rule.bodyDelayMs) {
    response.flushHeaders();
    if (!(await pause(rule.bodyDelayMs, response))) return;
  }
  const { socket } = response;
  if (!rule.resetMidBody && !rule.truncate) {
    response.end(body);
  } else {
    response.write(body.subarray(0, Math.ceil(body.byteLength / 2)), () => {
      if (rule.truncate) socket?.end();
      // A turn of the event loop too, for a client that lives in this very process.
      else setImmediate(setTimeout, () => socket?.resetAndDestroy(), RESET_AFTER_MS);
    });
  }
}
