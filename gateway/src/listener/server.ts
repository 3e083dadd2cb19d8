/** The HTTP server of node as a listener wants it: every time limited, nothing of a head hidden from us. */
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { certificateFor, readCertificates } from './certificates.ts';
import type { ListenConfig } from './listen-config.ts';
import { openFileLimit } from './open-files.ts';
import type { ListenTlsConfig } from './tls-config.ts';
import { asksForWebSocket } from './websocket.ts';

const FILES_FOR_CONNECTIONS = 0.6;
/** How often arrival times are checked, as a part of the shortest: a limit is exceeded by no more than that. */
const CHECKS_PER_TIMEOUT = 10;

export interface ListeningServer {
  readonly server: Server;
  /** Reads the certificates again, for connections from now on. Throws where they are unfit: then nothing changes. */
  renew(): void;
}

/** `takeHttp2`: gets the connections whose clients chose HTTP/2; they are offered it where `listen.http2` says so. */
export function makeServer(config: ListenConfig, takeHttp2: (socket: TLSSocket) => void): ListeningServer {
  const { limits, timeouts } = config;
  const options: ServerOptions = {
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
  const made = config.tls
    ? secureServer(options, config, config.tls, takeHttp2)
    : { server: createServer(options), renew: () => {} };
  const { server } = made;
  // Zero: let us see every field. Node would hide those past its limit (Content-Length too) and go on.
  server.maxHeadersCount = 0;
  server.maxConnections = Math.min(
    limits.connections,
    Math.max(1, Math.floor(openFileLimit() * FILES_FOR_CONNECTIONS)),
  );
  return made;
}

function secureServer(
  options: ServerOptions,
  { http2, timeouts }: ListenConfig,
  tls: ListenTlsConfig,
  takeHttp2: (socket: TLSSocket) => void,
): ListeningServer {
  let certificates = readCertificates(tls);
  const { cert, key, minVersion } = certificates;
  const server = createSecureServer({
    ...options,
    cert,
    key,
    minVersion,
    handshakeTimeout: timeouts.headers,
    ALPNProtocols: http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    SNICallback: (name, done) => done(null, certificateFor(certificates, name)),
  });
  if (http2) {
    // Node's own listener serves HTTP/1.1 and nothing else.
    const serveHttp1 = server.listeners('secureConnection');
    server.removeAllListeners('secureConnection');
    server.on('secureConnection', (socket) => {
      if (socket.alpnProtocol === 'h2') takeHttp2(socket);
      else for (const listener of serveHttp1) listener.call(server, socket);
    });
  }
  return {
    server,
    renew: () => {
      const renewed = readCertificates(tls);
      server.setSecureContext({ cert: renewed.cert, key: renewed.key, minVersion });
      certificates = renewed;
    },
  };
}
