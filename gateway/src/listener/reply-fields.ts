/** The header fields of a reply as they go on the wire: its own, with the framing that belongs to this connection. */
import type { Reply } from '../core/exchange.ts';

const UPGRADE_REQUIRED = 426;

/** Whether a reply has no content whatever its fields say (RFC 9110 §6.4.1). */
export function sendsNoBody(method: string, status: number): boolean {
  return status === 204 || status === 304 || method === 'HEAD';
}

/**
 * Flat fields for `writeHead`. Connection-level fields of the reply are dropped (RFC 9110 §7.6.1), and
 * `Content-Length` is what the body really has; only where no body is sent may the reply say it (§8.6).
 */
export function replyFields(reply: Reply, method: string, close: boolean): string[] {
  const { flat } = reply.headers;
  const out: string[] = [];
  let said: string | undefined;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? '';
    const value = flat[i + 1] ?? '';
    if (name === 'content-length') said = value;
    else if (!isConnectionField(name) || (reply.status === UPGRADE_REQUIRED && name === 'upgrade')) {
      out.push(name, value);
    }
  }
  const length = contentLength(reply, method, said);
  if (length !== undefined) out.push('content-length', length);
  // What is to be upgraded to belongs to this connection (RFC 9110 §15.5.22).
  if (reply.status === UPGRADE_REQUIRED) out.push('connection', close ? 'upgrade, close' : 'upgrade');
  else if (close) out.push('connection', 'close');
  return out;
}

function contentLength(reply: Reply, method: string, said: string | undefined): string | undefined {
  const { status, body } = reply;
  if (status === 204) return undefined;
  if (status === 304) return said;
  if (method === 'HEAD') return said ?? (body.length ? String(body.length) : undefined);
  return body.length === undefined ? undefined : String(body.length);
}

function isConnectionField(name: string): boolean {
  switch (name.length) {
    case 2:
      return name === 'te';
    case 7:
      return name === 'upgrade' || name === 'trailer';
    case 10:
      return name === 'connection' || name === 'keep-alive';
    case 16:
      return name === 'proxy-connection';
    case 17:
      return name === 'transfer-encoding';
    default:
      return false;
  }
}
