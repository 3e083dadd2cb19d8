/** What a command sees of the world it was started in, so that tests can stand in for it. */
export interface Terminal {
  /** Standard output: what was asked for. */
  out(text: string): void;
  /** Standard error: what is wrong, and hints. */
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The configuration that commands read where none is named: in the current folder. */
export const DEFAULT_FILE = 'frontdesk.yaml';

/** Done. */
export const EXIT_OK = 0;
/** What was asked for cannot be had: a faulty configuration, a refused token, no route. */
export const EXIT_FAILED = 1;
/** The command line itself is wrong. */
export const EXIT_USAGE = 2;

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  env: process.env,
};
