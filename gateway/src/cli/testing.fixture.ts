/** A terminal that remembers what was written to it. */
import type { Terminal } from './terminal.ts';

export interface RecordedTerminal extends Terminal {
  readonly stdout: () => string;
  readonly stderr: () => string;
}

export function recordedTerminal(env: Record<string, string> = {}): RecordedTerminal {
  let stdout = '';
  let stderr = '';
  return {
    env,
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    stdout: () => stdout,
    stderr: () => stderr,
  };
}
