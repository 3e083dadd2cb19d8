/** When what TLS rests on comes to its end, for alerts: nobody notices a certificate before it has expired. */
import { X509Certificate } from 'node:crypto';
import type { Meter } from '../core/meter.ts';
import type { Certificates } from './certificates.ts';

const BEGIN = '-----BEGIN CERTIFICATE-----';

/** The first to end of each kind, wall clock in ms; Infinity where there is none of it. */
export interface Expiry {
  readonly certificate: number;
  readonly client_ca: number;
  readonly crl: number;
}

export function expiryOf({ chains, trust }: Pick<Certificates, 'chains' | 'trust'>): Expiry {
  return {
    certificate: firstEnd(chains),
    client_ca: firstEnd(trust?.ca ?? []),
    crl: trust?.listsEndAt ?? Number.POSITIVE_INFINITY,
  };
}

/** Returns what tells the metrics of certificates that have been read. */
export function expiryGauge(meter: Meter, listener: string): (certificates: Certificates) => void {
  const gauge = meter.gauge({
    name: 'frontdesk_listener_certificate_expiry_timestamp_seconds',
    across: 'min',
    help: 'When the first certificate, authority of clients or revocation list of a listener ends, in Unix time.',
    labels: ['listener', 'kind'],
  });
  return (certificates) => {
    for (const [kind, end] of Object.entries(expiryOf(certificates))) {
      gauge(Number.isFinite(end) ? end / 1_000 : Number.NaN, listener, kind);
    }
  };
}

function firstEnd(texts: readonly string[]): number {
  const ends = texts.flatMap((text) =>
    text
      .split(BEGIN)
      .slice(1)
      .map((rest) => new X509Certificate(BEGIN + rest).validToDate.getTime()),
  );
  return Math.min(...ends);
}
