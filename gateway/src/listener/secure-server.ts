/**
 * The HTTPS server of node: certificates by name, clients' certificates checked before anything is read of them,
 * sessions resumed by keys that all nodes share, and all of it replaced without a connection being closed for it.
 */
import type { Server, ServerOptions } from 'node:https';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../core/clock.ts';
import type { ClientCertificate } from '../core/exchange.ts';
import type { Logger } from '../core/log.ts';
import type { Instrument, Meter } from '../core/meter.ts';
import { expiryGauge } from './certificate-expiry.ts';
import { certificateFor, isMisdirected, readCertificates } from './certificates.ts';
import { type AdmittedCertificate, admit } from './client-admission.ts';
import { watchFiles } from './file-watch.ts';
import { HandshakeTrust } from './handshake-trust.ts';
import type { ListenConfig } from './listen-config.ts';
import { TicketKeys } from './ticket-keys.ts';
import type { ListenTlsConfig } from './tls-config.ts';
import { type TlsFailure, tlsFailure } from './tls-failure.ts';

export interface SecureServerOptions {
  readonly config: Pick<ListenConfig, 'http2' | 'timeouts'>;
  readonly tls: ListenTlsConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** The listener's, in metrics. */
  readonly name: string;
  /** Gets the connections whose clients chose HTTP/2. */
  readonly takeHttp2: (socket: TLSSocket) => void;
  /** Called when clients' authorities or revocation lists have changed: their connections are to be looked at again. */
  readonly onTrustChanged: () => void;
}

export class SecureServer {
  readonly server: Server;
  readonly #options: SecureServerOptions;
  readonly #tickets: TicketKeys;
  readonly #admitted = new WeakMap<object, AdmittedCertificate>();
  readonly #begun = new HandshakeTrust();
  readonly #failed: Instrument;
  readonly #shaken: Instrument;
  readonly #tellExpiry: ReturnType<typeof expiryGauge>;
  readonly #stopWatching: () => void;
  #certificates: ReturnType<typeof readCertificates>;
  #warnedOfLists = false;

  constructor(serverOptions: ServerOptions, options: SecureServerOptions) {
    const { config, tls, clock, meter } = options;
    this.#options = options;
    this.#tickets = new TicketKeys({ secret: tls.tickets.secret, rotateMs: tls.tickets.rotate, clock });
    this.#failed = meter.counter({
      name: 'frontdesk_listener_tls_failures_total',
      help: 'Connections that did not get past TLS, by reason.',
      labels: ['listener', 'reason'],
    });
    this.#shaken = meter.counter({
      name: 'frontdesk_listener_tls_handshakes_total',
      help: 'TLS handshakes that ended well, by protocol and whether a session was resumed.',
      labels: ['listener', 'protocol', 'resumed'],
    });
    this.#certificates = readCertificates(tls);
    this.#tellExpiry = expiryGauge(meter, options.name);
    this.#tellExpiry(this.#certificates);
    const server = createSecureServer({
      ...serverOptions,
      ...this.#certificates.options,
      ticketKeys: this.#ticketKey(),
      handshakeTimeout: config.timeouts.headers,
      requestCert: tls.clientCa !== undefined,
      // We refuse ourselves, and can say why.
      rejectUnauthorized: false,
      ALPNProtocols: config.http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      SNICallback: (name, done) => done(null, certificateFor(this.#certificates, name)),
    });
    this.server = server;
    // Node's own listener takes every connection, and speaks HTTP/1.1 alone.
    const serveHttp1 = server.listeners('secureConnection');
    server.removeAllListeners('secureConnection');
    server.on('secureConnection', (socket) => {
      if (!this.#admits(socket)) socket.destroy();
      else if (socket.alpnProtocol === 'h2') options.takeHttp2(socket);
      else for (const listener of serveHttp1) listener.call(server, socket);
    });
    if (tls.clientCa)
      server.on('connection', (socket: Socket) => this.#begun.begin(socket, this.#trustDigest));
    server.on('tlsClientError', (error: NodeJS.ErrnoException) => this.#count(tlsFailure(error.code)));
    this.#tickets.follow(() => server.setTicketKeys(this.#ticketKey()));
    this.#stopWatching = tls.watch ? this.#watch() : () => {};
    server.on('close', () => this.#close());
  }

  /** What the client of a connection proved in its handshake. */
  certificateOf(socket: object): ClientCertificate | undefined {
    return this.#admitted.get(socket)?.certificate;
  }

  /** Whether the client of a connection has shown a certificate that is revoked by now. */
  isRevoked(socket: object): boolean {
    const admitted = this.#admitted.get(socket);
    return admitted !== undefined && (this.#certificates.trust?.isRevoked(admitted.key) ?? false);
  }

  /** Whether there is more than one certificate, so that a request can be for another's name. */
  get hasOthers(): boolean {
    return this.#certificates.others.size > 0;
  }

  /** Whether `host` belongs to another certificate than the one of the name that the client asked for. */
  isMisdirected(asked: string, host: string): boolean {
    return isMisdirected(this.#certificates, asked, host);
  }

  /** Reads all files again, for connections from now on. Throws where they are unfit: then nothing changes. */
  renew(): void {
    const renewed = readCertificates(this.#options.tls);
    const before = this.#trustDigest;
    this.#certificates = renewed;
    this.#tellExpiry(renewed);
    this.#warnedOfLists = false;
    this.server.setSecureContext({ ...renewed.options, ticketKeys: this.#ticketKey() });
    if (this.#trustDigest !== before) this.#options.onTrustChanged();
  }

  /** Stands for the authorities and lists that clients are held to. */
  get #trustDigest(): string {
    return this.#certificates.trust?.digest ?? '';
  }

  #ticketKey(): Buffer {
    return this.#tickets.current(this.#trustDigest);
  }

  #admits(socket: TLSSocket): boolean {
    const { trust } = this.#certificates;
    if (trust) {
      const isStale = this.#begun.isStale(socket, trust.digest);
      const admission = admit(socket, trust, this.#options.clock.wall(), isStale);
      if ('refused' in admission) {
        this.#count(admission.refused);
        if (admission.refused === 'revocation_list') this.#warnOfLists();
        return false;
      }
      if (admission.admitted) this.#admitted.set(socket, admission.admitted);
    }
    this.#shaken(1, this.#options.name, socket.getProtocol() ?? 'unknown', String(socket.isSessionReused()));
    return true;
  }

  /** Once for each reading of them: until somebody acts, every client is refused. */
  #warnOfLists(): void {
    if (this.#warnedOfLists) return;
    this.#warnedOfLists = true;
    const said =
      'no client certificate is believed: a revocation list is out of date, or missing for an authority';
    this.#options.logger.error({ listener: this.#options.name }, said);
  }

  #count(reason: TlsFailure): void {
    this.#failed(1, this.#options.name, reason);
  }

  #watch(): () => void {
    const { tls, clock, logger } = this.#options;
    const { cert, key, others, clientCa = [], crl = [] } = tls;
    const files = [cert, key, ...others.flatMap((other) => [other.cert, other.key]), ...clientCa, ...crl];
    return watchFiles(files, clock, () => {
      try {
        this.renew();
        logger.info({}, 'the certificates of the listener were read again');
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.error({ reason }, 'the new certificates of the listener are unfit: the old ones stay');
      }
    });
  }

  #close(): void {
    this.#tickets.close();
    this.#stopWatching();
  }
}
