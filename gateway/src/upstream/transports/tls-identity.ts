/**
 * What an upstream's TLS settings and the files they name come to. It is part of the key under which connections are
 * kept, contents of the files included: connections are never shared by different identities, and a certificate that
 * was replaced makes new ones at the next reload.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { UpstreamTlsConfig } from './tls-config.ts';

export interface TlsIdentity {
  /** Equal where settings and files are. */
  readonly digest: string;
  readonly secureContext: tls.SecureContext;
  /** `undefined`: the host of the URL. */
  readonly serverName: string | undefined;
  readonly rejectUnauthorized: boolean;
}

/** Reads and joins it. Throws where a file cannot be read or holds something else than it should. */
export function loadTlsIdentity(
  config: UpstreamTlsConfig,
  read: (file: string) => Buffer = readFileSync,
): TlsIdentity {
  const { serverName, minVersion, insecureSkipVerify } = config;
  const hash = createHash('sha256').update(JSON.stringify([serverName, minVersion, insecureSkipVerify]));
  const contents = (file: string | undefined): Buffer | undefined => {
    const bytes = file === undefined ? undefined : read(file);
    hash.update(bytes ? `${bytes.length}:` : '-');
    if (bytes) hash.update(bytes);
    return bytes;
  };
  const [ca, cert, key] = [contents(config.ca), contents(config.cert), contents(config.key)];
  const secureContext = tls.createSecureContext({
    minVersion: `TLSv${minVersion}`,
    ...(ca ? { ca } : {}),
    ...(cert && key ? { cert, key } : {}),
  });
  return { digest: hash.digest('hex'), secureContext, serverName, rejectUnauthorized: !insecureSkipVerify };
}
