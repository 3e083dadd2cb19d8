/** `upstreams.X.tls`: whom the gateway trusts as this upstream, and who it says it is itself. */
import { z } from 'zod';

export const upstreamTlsConfig = z
  .strictObject({
    ca: z
      .string()
      .min(1)
      .optional()
      .describe("File of the authorities (PEM) to trust in place of the system's"),
    cert: z
      .string()
      .min(1)
      .optional()
      .describe("File of the gateway's own certificate chain (PEM), with `key`"),
    key: z.string().min(1).optional().describe('File of the private key (PEM) of `cert`'),
    serverName: z
      .string()
      .regex(/^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/, 'expected a host name')
      .optional()
      .describe("The name asked for and expected of the certificate; by default the URL's host"),
    minVersion: z.enum(['1.2', '1.3']).default('1.2').describe('Oldest version of TLS that is spoken'),
    insecureSkipVerify: z
      .boolean()
      .default(false)
      .describe('Takes any certificate, even a forged one: never where it matters'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    message: 'expected cert and key together',
  })
  .refine(({ ca, insecureSkipVerify }) => !(insecureSkipVerify && ca !== undefined), {
    message: 'insecureSkipVerify looks at no authority: expected either ca or insecureSkipVerify',
  });

export type UpstreamTlsConfig = z.output<typeof upstreamTlsConfig>;
