/**
 * What a BFF's own process has of the gateway's environment: what a program needs to run, and what its entry names. The gateway's
 * secrets stand in the same environment, and are no BFF's matter.
 */

/** Of the system, of the place and the language, and Node's own. */
const OF_ANY_PROGRAM =
  /^(?:PATH|HOME|USER|LOGNAME|HOSTNAME|TMPDIR|TZ|LANG|LANGUAGE|LC_[A-Z]+|SSL_CERT_FILE|SSL_CERT_DIR|NODE_[A-Z0-9_]+)$/;

type Environment = Readonly<Record<string, string | undefined>>;

/** `named`: further variables that it has, where they are set. */
export function bffEnvironment(gateway: Environment, named: readonly string[] = []): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(gateway)) {
    if (value !== undefined && (OF_ANY_PROGRAM.test(name) || named.includes(name))) kept[name] = value;
  }
  return kept;
}
