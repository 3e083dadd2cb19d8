/** How the gateway proves itself to an upstream: for now a static header field, usually a secret from the environment. */
import { z } from 'zod';
import type { HeaderFields } from '../core/headers.ts';
import { fieldName } from '../settings/settings.ts';

const fieldValue = z
  .string()
  .min(1)
  .max(8192)
  .regex(/^[\t\x20-\x7e]+$/, 'expected a header value: printable ASCII');

export const credentialsConfig = z.strictObject({
  header: z
    .strictObject({
      name: fieldName.describe('Name of the field'),
      value: fieldValue.describe('Its value; from the environment or a file'),
    })
    .describe('A field that is sent with every call'),
});

export type CredentialsConfig = z.output<typeof credentialsConfig>;

/** Sets the gateway's credential, in place of whatever stands under that name. */
export function setCredential(headers: HeaderFields, { header }: CredentialsConfig): void {
  headers.set(header.name, header.value);
}
