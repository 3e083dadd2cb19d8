/** The HTTP server of node as a listener wants it: every time limited, nothing of a head hidden from us. */
import { createServer, type Server, type ServerOptions } from 'node:http';
import type { ListenConfig } from './listen-config.ts';
import { openFileLimit } from './open-files.ts';
import { SecureServer, type SecureServerOptions } from './secure-server.ts';
import { asksForWebSocket } from './websocket.ts';

const FILES_FOR_CONNECTIONS = 0.6;
/** How often arrival times are checked, as a part of the shortest: a limit is exceeded by no more than that. */
const CHECKS_PER_TIMEOUT = 10;

export interface MakeServerOptions extends Omit<SecureServerOptions, 'config' | 'tls'> {
  readonly config: ListenConfig;
}

export interface ListeningServer {
  readonly server: Server;
  /** What it knows of TLS, where it speaks that. */
  readonly secure: SecureServer | undefined;
}

export function makeServer(options: MakeServerOptions): ListeningServer {
  const { limits, timeouts, tls } = options.config;
  const serverOptions: ServerOptions = {
    insecureHTTPParser: false,
    maxHeaderSize: limits.headerSize,
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    connectionsCheckingInterval: Math.ceil(Math.min(timeouts.headers, timeouts.request) / CHECKS_PER_TIMEOUT),
    noDelay: true,
    // Both are checked by us, on what really came.
    requireHostHeader: false,
    optimizeEmptyRequests: true,
    // Every other offer of another protocol (HTTP/2 in the clear) is not taken up: it is answered in HTTP/1.1.
    shouldUpgradeCallback: asksForWebSocket,
  };
  const secure = tls && new SecureServer(serverOptions, { ...options, tls });
  const server = secure?.server ?? createServer(serverOptions);
  // Zero: let us see every field. Node would hide those past its limit (Content-Length too) and go on.
  server.maxHeadersCount = 0;
  server.maxConnections = Math.min(
    limits.connections,
    Math.max(1, Math.floor(openFileLimit() * FILES_FOR_CONNECTIONS)),
  );
  return { server, secure };
}
