/** `consumers[].passwords`: by which user names and passwords a consumer is known. */
import { z } from 'zod';
import { SECRET } from '../../settings/secret.ts';
import { passwordHashConfig } from '../basic/password-hash.ts';
import { instant } from './consumer-key.ts';

/** Of one user, so that one can be replaced without a gap. Each costs every caller who is not remembered a check. */
const MAX_PER_USER = 2;

export const passwordsConfig = z
  .array(
    z.strictObject({
      username: z
        .string()
        .regex(
          /^[^\p{Cc}:]{1,128}$/u,
          'expected a user name: 1 to 128 characters, without colons and control characters',
        )
        .transform((text) => text.normalize('NFC'))
        .optional()
        .describe("The user name; by default the consumer's id"),
      scrypt: passwordHashConfig
        .describe('The password as scrypt$N$r$p$SALT$HASH; `frontdesk keys password` makes one')
        .meta(SECRET),
      expires: instant.optional().describe('When the password stops to work; never by default'),
    }),
  )
  .default([])
  .describe('Passwords for Basic authentication; two of one user let one be replaced without a gap');

export type PasswordsConfig = z.output<typeof passwordsConfig>;

interface WithPasswords {
  readonly id: string;
  readonly passwords: PasswordsConfig;
}

export function userNameOf({ username }: PasswordsConfig[number], { id }: Pick<WithPasswords, 'id'>): string {
  return username ?? id;
}

export interface PasswordFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** User names that would be two consumers' at once, or have too many passwords; ids that cannot be user names. */
export function passwordFaults(consumers: readonly WithPasswords[]): PasswordFault[] {
  const faults: PasswordFault[] = [];
  const owners = new Map<string, { readonly id: string; count: number }>();
  consumers.forEach((consumer, i) => {
    consumer.passwords.forEach((password, k) => {
      const path = [i, 'passwords', k];
      const name = userNameOf(password, consumer);
      const owner = owners.get(name) ?? { id: consumer.id, count: 0 };
      owners.set(name, owner);
      owner.count += 1;
      if (name.includes(':')) faults.push({ path, message: 'expected a username: the id holds a colon' });
      else if (owner.id !== consumer.id)
        faults.push({ path, message: `this user name is already ${owner.id}'s` });
      else if (owner.count > MAX_PER_USER)
        faults.push({ path, message: `expected ${MAX_PER_USER} passwords of one user at most` });
    });
  });
  return faults;
}
