/** The `listen.tls` fragment: the certificates that clients see. */
import { z } from 'zod';

const cert = z.string().min(1).describe('File of the certificate chain (PEM), the own certificate first');
const key = z.string().min(1).describe('File of the private key (PEM) of `cert`');

export const listenTlsConfig = z.strictObject({
  cert,
  key,
  others: z
    .array(z.strictObject({ cert, key }))
    .max(256)
    .default([])
    .describe(
      'Further certificates: each serves the names that stand in it, for clients that ask for one (SNI)',
    ),
  minVersion: z.enum(['1.2', '1.3']).default('1.2').describe('Oldest version of TLS that is spoken'),
});

export type ListenTlsConfig = z.output<typeof listenTlsConfig>;
