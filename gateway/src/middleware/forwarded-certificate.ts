/**
 * The client's certificate as a trusted proxy tells of it. Stands behind `clientAddress`, which knows whether one is in
 * front, and before `hygiene`, which throws these fields away wherever they come from.
 */
import type { MtlsConfig } from '../auth/mtls/mtls.ts';
import type { ClientCertificate, Middleware } from '../core/exchange.ts';
import type { Meter } from '../core/meter.ts';
import { rfc9440Certificate, xfccCertificate } from '../wire/trust/forwarded-certificate.ts';

type ForwardedConfig = NonNullable<MtlsConfig['forwarded']>;

/** Certificates are read once while the proxy goes on saying the same: it says it with every request. */
const MAX_REMEMBERED = 1_024;

export interface ForwardedCertificateOptions {
  /** Whether the listener speaks TLS, so that nobody on the way can have written the field. */
  readonly isSecure: boolean;
  readonly meter: Meter;
}

/** `undefined` where no proxy's word is taken. */
export function forwardedCertificate(
  config: ForwardedConfig | undefined,
  { isSecure, meter }: ForwardedCertificateOptions,
): Middleware | undefined {
  if (!config || !(isSecure || config.allowPlain)) return undefined;
  const { header } = config;
  const parse = header === 'client-cert' ? rfc9440Certificate : xfccCertificate;
  const remembered = new Map<string, ClientCertificate>();
  const count = meter.counter({
    name: 'frontdesk_forwarded_certificates_total',
    help: 'What trusted proxies said of client certificates, by outcome: ok or unreadable',
    labels: ['outcome'],
  });
  return (exchange, next) => {
    const { client, headers } = exchange;
    // An operation of a socket has the client of its handshake already.
    if (client.peer === undefined || exchange.isOperation || !headers.has(header)) return next(exchange);
    const values = headers.getAll(header);
    const [said = ''] = values;
    let certificate = values.length === 1 ? remembered.get(said) : undefined;
    if (!certificate) {
      certificate = parse(values);
      if (certificate && values.length === 1) remember(remembered, said, certificate);
    }
    count(1, certificate ? 'ok' : 'unreadable');
    if (certificate) exchange.client = { ...client, certificate };
    return next(exchange);
  };
}

function remember(
  remembered: Map<string, ClientCertificate>,
  said: string,
  certificate: ClientCertificate,
): void {
  if (remembered.size >= MAX_REMEMBERED) {
    const [oldest] = remembered.keys();
    if (oldest !== undefined) remembered.delete(oldest);
  }
  remembered.set(said, certificate);
}
