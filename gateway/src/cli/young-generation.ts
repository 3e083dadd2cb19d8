/**
 * The young generation of V8's heap, made large enough for a gateway's short-lived replies: with 64 MB a federated
 * query costs half of what it costs with 16. And it is collected by one thread: several take more of the processor
 * together for the same work (a tenth of a passed-through request), and a gateway has a process for each core. Both
 * can be set by the command line alone
 * (`v8.setFlagsFromString` does nothing for a running isolate), so the process replaces itself once: the same
 * process id, so whoever watches it sees nothing.
 */
const YOUNG_GENERATION_MB = 64;
export const FLAG = '--max-semi-space-size';
const ONE_COLLECTOR = '--no-parallel-scavenge';
/** Set in the replaced process, so that it happens once whatever else goes wrong. */
export const GUARD = 'FRONTDESK_YOUNG_GENERATION';

export interface ReplaceableProcess {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Missing on Windows and in old versions of Node. */
  readonly execve: ((path: string, argv: readonly string[], env: Record<string, string>) => void) | undefined;
}

/** Replaces the process, and then does not return; or returns, because it is not needed, wanted or possible. */
export function enlargeYoungGeneration(self: ReplaceableProcess): void {
  if (self.execve === undefined || self.env[GUARD] !== undefined) return;
  if (choosesYoungGeneration(self.execArgv, self.env.NODE_OPTIONS)) return;
  const env: Record<string, string> = { [GUARD]: String(YOUNG_GENERATION_MB) };
  for (const [key, value] of Object.entries(self.env)) if (value !== undefined) env[key] = value;
  const flag = `${FLAG}=${YOUNG_GENERATION_MB}`;
  self.execve(
    self.execPath,
    [self.execPath, ...self.execArgv, flag, ONE_COLLECTOR, ...self.argv.slice(1)],
    env,
  );
}

/** Options for a process that has a channel to us, which replacing itself would cut: it is started as it is to be. */
export function withYoungGeneration(
  execArgv: readonly string[],
  nodeOptions = process.env.NODE_OPTIONS,
): readonly string[] {
  if (choosesYoungGeneration(execArgv, nodeOptions)) return execArgv;
  return [...execArgv, `${FLAG}=${YOUNG_GENERATION_MB}`, ONE_COLLECTOR];
}

function choosesYoungGeneration(execArgv: readonly string[], nodeOptions = ''): boolean {
  const given = [...execArgv, ...nodeOptions.split(' ')];
  return given.some((option) => option.replaceAll('_', '-').startsWith(FLAG));
}

export function thisProcess(): ReplaceableProcess {
  return {
    execPath: process.execPath,
    execArgv: process.execArgv,
    argv: process.argv,
    env: process.env,
    execve: process.execve === undefined ? undefined : (path, argv, env) => process.execve?.(path, argv, env),
  };
}
