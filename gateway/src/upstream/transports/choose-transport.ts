/** Which transport an endpoint is reached by, and what of the configuration it depends on. */
import type { Clock } from '../../core/clock.ts';
import type { UpstreamConfig } from '../config.ts';
import { parseEndpointUrl } from '../endpoints/endpoint-url.ts';
import type { Destination } from './dial.ts';
import { Http2Transport } from './http2.ts';
import { loadTlsIdentity, type TlsIdentity } from './tls-identity.ts';
import type { Transport } from './transport.ts';
import { UndiciTransport } from './undici.ts';

export class Transports {
  readonly #clock: Clock;
  /** Files are read once for each configuration that was loaded, not for each endpoint that comes and goes. */
  readonly #identities = new WeakMap<UpstreamConfig, TlsIdentity>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What connections depend on: endpoints for which it is equal may keep theirs. Throws where a file is unfit. */
  settingsOf(config: UpstreamConfig): unknown {
    const { protocol, pool, timeout, response, bulkhead } = config;
    const { connect, idle } = timeout;
    const { maxInFlight, maxStreams } = bulkhead;
    const { maxSize } = response;
    const identity = this.#identity(config)?.digest;
    return [protocol, identity, pool, connect, idle, maxSize, maxInFlight, maxStreams];
  }

  /** Where an endpoint's connections go, and as whom. */
  destination(config: UpstreamConfig, url: string, connectTo?: string): Destination {
    return { address: parseEndpointUrl(url, connectTo), tls: this.#identity(config) };
  }

  make(config: UpstreamConfig, url: string, connectTo?: string): Transport {
    const options = {
      clock: this.#clock,
      destination: this.destination(config, url, connectTo),
      connectMs: config.timeout.connect,
      idleMs: config.timeout.idle,
      keepAliveMs: config.pool.keepAlive,
      connections: config.pool.connections ?? config.bulkhead.maxInFlight,
      maxHeaderBytes: config.pool.maxHeaderSize,
      maxReplyBytes: config.response.maxSize,
    };
    const http1 = (): Transport => new UndiciTransport({ ...options, streams: config.bulkhead.maxStreams });
    switch (config.protocol) {
      case 'http1':
        return http1();
      case 'http2':
        return new Http2Transport(options);
      case 'auto':
        // Without TLS there is nobody to ask.
        return options.destination.address.secure
          ? new Http2Transport({ ...options, http1: http1() })
          : http1();
    }
  }

  #identity(config: UpstreamConfig): TlsIdentity | undefined {
    if (!config.tls) return undefined;
    let identity = this.#identities.get(config);
    if (!identity) {
      identity = loadTlsIdentity(config.tls);
      this.#identities.set(config, identity);
    }
    return identity;
  }
}
