/** `upstreams.X.protocol`: the version of HTTP that is spoken to an upstream. */
import { z } from 'zod';

export const protocolConfig = z
  .enum(['http1', 'http2', 'auto'])
  .default('http1')
  .describe(
    'HTTP/1.1; HTTP/2, over http:// by prior knowledge (gRPC backends); or what the backend picks (ALPN, https://)',
  );
