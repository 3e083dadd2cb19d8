/** The `listen.tls` fragment: the certificates that clients see, and those by which they prove who they are. */
import { getCiphers } from 'node:tls';
import { z } from 'zod';
import { SECRET } from '../settings/secret.ts';
import { durationMs } from '../settings/settings.ts';

const cert = z.string().min(1).describe('File of the certificate chain (PEM), the own certificate first');
const key = z.string().min(1).describe('File of the private key (PEM) of `cert`');
const files = z.preprocess(
  (written) => (typeof written === 'string' ? [written] : written),
  z.array(z.string().min(1)).min(1).max(64),
);

const KNOWN_CIPHERS = new Set(getCiphers());
const HOUR_MS = 3_600_000;

/** Forward secret and authenticated (RFC 9325 §4.2), for TLS 1.3 and then 1.2. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

const cipher = z
  .string()
  .refine((name) => KNOWN_CIPHERS.has(name.toLowerCase()), 'expected the OpenSSL name of a cipher suite');

const tickets = z
  .strictObject({
    secret: z
      .string()
      .min(32, 'expected 32 characters at least, best random ones')
      .optional()
      .describe(
        'What all nodes derive their ticket keys from, so that a session begun at one is resumed at another; without it each process has its own. From the environment or a file',
      )
      .meta(SECRET),
    rotate: durationMs
      .refine((ms) => ms >= 60_000 && ms <= 24 * 7 * HOUR_MS, 'expected 1m to 168h')
      .prefault('12h')
      .describe('How long one key is used; sessions of the one before are begun anew, with a full handshake'),
    lifetime: durationMs
      .refine((ms) => ms >= 1_000 && ms <= 24 * HOUR_MS, 'expected 1s to 24h')
      .prefault('1h')
      .describe('How long a session may be resumed'),
  })
  .prefault({});

export const listenTlsConfig = z
  .strictObject({
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
    ciphers: z.array(cipher).min(1).default(CIPHERS).describe('Cipher suites, the best first'),
    curves: z
      .array(z.enum(['X25519MLKEM768', 'X25519', 'P-256', 'P-384', 'P-521', 'X448']))
      .min(1)
      .optional()
      .describe("Groups of the key exchange, the best first; by default OpenSSL's"),
    clientCa: files
      .optional()
      .describe('File or files of the authorities (PEM) whose certificates clients may show'),
    clientAuth: z
      .enum(['request', 'require'])
      .optional()
      .describe(
        'Whether a client must show a certificate (`require`, the default with `clientCa`) or may; one that is shown must hold either way',
      ),
    crl: files
      .optional()
      .describe('File or files of revocation lists (PEM): one for each authority in the chains of clients'),
    tickets: tickets.describe('How sessions are resumed without a full handshake'),
    watch: z
      .boolean()
      .default(false)
      .describe('Reads these files again when they change, and not only when the configuration is reloaded'),
  })
  .refine(({ clientCa, clientAuth }) => clientCa !== undefined || clientAuth === undefined, {
    message: 'needs clientCa: the authorities whose certificates are taken',
    path: ['clientAuth'],
  })
  .refine(({ clientCa, crl }) => clientCa !== undefined || crl === undefined, {
    message: 'needs clientCa: the authorities whose certificates are taken',
    path: ['crl'],
  });

export type ListenTlsConfig = z.output<typeof listenTlsConfig>;
