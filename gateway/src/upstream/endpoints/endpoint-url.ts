/**
 * Where an endpoint is: an `http://` or `https://` URL, or a Unix socket, `unix:/run/app.sock` or
 * `unix:///run/app.sock`, with a base path behind a colon where there is one: `unix:/run/app.sock:/base`.
 */
import { z } from 'zod';
import { httpUrl } from '../../settings/settings.ts';

/** An endpoint's URL taken apart, for transports. */
export interface EndpointAddress {
  /** `http://host:port` without the scheme's own port; of a socket `http://localhost`. */
  readonly origin: string;
  /** The `Host` or `:authority` of requests. */
  readonly authority: string;
  /** As a URL writes it: IPv6 in brackets. */
  readonly hostname: string;
  /** The IP address that connections go to; `undefined` where the host says it. */
  readonly connectTo: string | undefined;
  readonly port: number;
  /** Whether TLS is spoken. */
  readonly secure: boolean;
  /** The socket's file, in place of host and port. */
  readonly socketPath: string | undefined;
  /** Put before every call's path; without a slash at its end. */
  readonly basePath: string;
  /** What operators call it: `host:port`, or `unix:` and the file. */
  readonly label: string;
}

const UNIX = /^unix:(?:\/\/)?(\/[^:?#]*[^:?#/])(?::(\/[^?#]*))?$/;
/** What a socket's address holds (`sun_path`, with its final zero). */
const MAX_SOCKET_PATH_BYTES = 107;

/** A setting that says where an endpoint is. A query would be lost, so it is refused. */
export const endpointUrl = z.string().superRefine((text, context) => {
  const fault = faultOf(text);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

export function isUnixUrl(text: string): boolean {
  return text.startsWith('unix:');
}

function faultOf(text: string): string | undefined {
  if (!isUnixUrl(text)) {
    const known = httpUrl.safeParse(text);
    if (!known.success) return `${known.error.issues[0]?.message}, or a Unix socket as unix:/run/app.sock`;
    return text.includes('?')
      ? 'expected a URL without a query: scheme, host, port and base path'
      : undefined;
  }
  const file = UNIX.exec(text)?.[1];
  if (file === undefined) {
    return `expected the absolute path of a socket, as unix:/run/app.sock, or with a base path as unix:/run/app.sock:/base, not "${text}"`;
  }
  const bytes = Buffer.byteLength(file);
  return bytes > MAX_SOCKET_PATH_BYTES
    ? `expected a socket's path of at most ${MAX_SOCKET_PATH_BYTES} bytes, not ${bytes}`
    : undefined;
}

/**
 * Takes an endpoint's URL apart. `connectTo`: the IP address, where the URL's host is only the name to ask by. Throws
 * `TypeError` for what `endpointUrl` refuses.
 */
export function parseEndpointUrl(text: string, connectTo?: string): EndpointAddress {
  const unix = UNIX.exec(text);
  if (unix) {
    const [, socketPath = '', base = ''] = unix;
    return {
      origin: 'http://localhost',
      authority: 'localhost',
      hostname: 'localhost',
      connectTo: undefined,
      port: 80,
      secure: false,
      socketPath,
      basePath: withoutLastSlash(base),
      label: `unix:${socketPath}`,
    };
  }
  const { origin, host, hostname, port, protocol, pathname } = new URL(text);
  const secure = protocol === 'https:';
  const number = port === '' ? (secure ? 443 : 80) : Number(port);
  return {
    origin,
    authority: host,
    hostname,
    connectTo,
    port: number,
    secure,
    socketPath: undefined,
    basePath: withoutLastSlash(pathname),
    label: `${connectTo === undefined ? hostname : bracketed(connectTo)}:${number}`,
  };
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function withoutLastSlash(path: string): string {
  let end = path.length;
  while (end > 0 && path.charCodeAt(end - 1) === 0x2f) end -= 1;
  return path.slice(0, end);
}
