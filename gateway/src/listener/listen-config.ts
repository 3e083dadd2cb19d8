/** The `listen` fragment: where Frontdesk listens, and what one connection and one request may take. */
import { z } from 'zod';
import { ipRulesConfig } from '../settings/ip-rules.ts';
import { durationMs, sizeBytes } from '../settings/settings.ts';
import { trustedProxiesConfig } from '../wire/trust/trusted-proxies.ts';
import { proxyProtocolConfig } from './proxy-header.ts';
import { listenTlsConfig } from './tls-config.ts';

const limits = z
  .strictObject({
    headerSize: sizeBytes
      .prefault('16KiB')
      .describe('Bytes of request line and header fields together; more is answered 431.'),
    headerCount: z.int().min(1).default(100).describe('Header fields of a request; more is answered 431.'),
    urlSize: sizeBytes.prefault('8KiB').describe('Characters of the request target; more is answered 414.'),
    queryParams: z.int().min(1).default(200).describe('Query parameters; more is answered 400.'),
    connections: z
      .int()
      .min(1)
      .default(10_000)
      .describe(
        'Open connections of this process, and never more than 60 % of its open files; more are dropped.',
      ),
    requestsPerConnection: z
      .int()
      .min(1)
      .default(10_000)
      .describe('Requests after which a connection is closed in good order.'),
    concurrentStreams: z
      .int()
      .min(1)
      .max(1_000)
      .default(100)
      .describe('Requests of one HTTP/2 connection at once; more are refused there.'),
    streamResets: z
      .int()
      .min(1)
      .default(100)
      .describe('Requests a second that one HTTP/2 connection may break off before it is closed.'),
    pipelined: z
      .int()
      .min(1)
      .default(32)
      .describe('Requests of one connection that may wait for answers at once; more are answered 503.'),
  })
  .prefault({});

const timeouts = z
  .strictObject({
    headers: durationMs
      .prefault('10s')
      .describe('From the first byte to the end of the header: 408 after it.'),
    request: durationMs.prefault('30s').describe('From the first byte to the end of the body: 408 after it.'),
    keepAlive: durationMs
      .prefault('75s')
      .describe('How long an idle connection is kept; must exceed that of a load balancer in front.'),
    send: durationMs
      .prefault('60s')
      .describe('How long a client that takes nothing of its reply is borne before it is cut off.'),
    linger: durationMs
      .prefault('1s')
      .describe(
        'How long the rest of an unwanted request body is read, so that its sender can read our refusal.',
      ),
  })
  .prefault({});

const drain = z
  .strictObject({
    announce: durationMs
      .prefault('0s')
      .describe('How long we go on as before while /readyz says no: what a load balancer needs to notice.'),
    idle: durationMs
      .prefault('1s')
      .describe('How long a connection must be quiet before it is closed from our side.'),
    grace: durationMs.prefault('25s').describe('When whatever still runs is cut off.'),
  })
  .prefault({});

export const listenConfig = z
  .strictObject({
    host: z.string().min(1).default('0.0.0.0').describe('The address to listen on.'),
    port: z.int().min(0).max(65_535).default(4000).describe('The port to listen on; 0 picks a free one.'),
    socket: z
      .string()
      .regex(/^\/[^\0]*$/, 'expected the absolute path of a socket, such as /run/bff-web.sock')
      .max(107)
      .optional()
      .describe(
        'A Unix socket to listen on in place of host and port: for a gateway in front, on the same machine. Its callers count as 127.0.0.1',
      ),
    reusePort: z
      .boolean()
      .default(false)
      .describe(
        'Lets another gateway process of the same user listen on the same port; what waits in the queue of the one that closes first is lost.',
      ),
    tls: listenTlsConfig.optional().describe('Speaks TLS (https), with these certificates.'),
    http2: z
      .boolean()
      .default(false)
      .describe('Offers HTTP/2 beside HTTP/1.1 (by ALPN, so it needs tls). gRPC clients need it.'),
    trustedProxies: trustedProxiesConfig
      .optional()
      .describe('Proxies in front of the gateway that say who the client is; nobody is believed by default.'),
    proxyProtocol: proxyProtocolConfig
      .optional()
      .describe('Load balancers that pass connections on and say whose they are, by the PROXY protocol.'),
    ip: ipRulesConfig.optional().describe('Which addresses may come at all.'),
    limits: limits.describe('Bounds on connections and on the heads of requests.'),
    timeouts: timeouts.describe('How long clients may take.'),
    drain: drain.describe('How the gateway takes leave of its clients when it is told to stop.'),
  })
  .refine(({ http2, tls }) => !http2 || tls !== undefined, {
    message: 'is offered over TLS alone: expected listen.tls beside it',
    path: ['http2'],
  })
  .prefault({});

export type ListenConfig = z.output<typeof listenConfig>;
