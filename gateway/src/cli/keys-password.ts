/** `frontdesk keys password`: makes a password for Basic authentication, shows it once, and says what to configure. */
import { hashPassword, makePassword } from '../auth/basic/password-hash.ts';
import { EXIT_OK, type Terminal } from './terminal.ts';

export interface PasswordOptions {
  readonly consumer: string;
  readonly username?: string;
}

export async function createPassword(options: PasswordOptions, terminal: Terminal): Promise<number> {
  const password = makePassword();
  const { text } = await hashPassword(password);
  terminal.err('The password, shown this once:\n');
  terminal.out(`${password}\n`);
  const user = options.username === undefined ? '' : `username: ${JSON.stringify(options.username)}, `;
  terminal.err(`\nAdd to passwords of ${options.consumer} in the configuration:\n`);
  terminal.err(`  - { ${user}scrypt: "${text}" }\n`);
  return EXIT_OK;
}
