/** A plugin as one configuration has it: opened, with its limits, and with what is known of how it does. */
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { OpenedPlugin, Plugin } from './definition.ts';
import type { FieldRules } from './field-rules.ts';
import type { FailureReason, PluginMetrics } from './metrics.ts';
import type { Suspension } from './suspension.ts';

export interface HeldPlugin<Run = OpenedPlugin['run']> {
  readonly name: string;
  readonly run: Run;
  readonly reads: Plugin['reads'];
  /** Longest time of its own for one request, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether a request goes on without it where it fails. */
  readonly skips: boolean;
  readonly rules: { readonly request: FieldRules; readonly reply: FieldRules };
  /** Its package's folder: where in its code something was thrown is told from there. */
  readonly folder: string;
  readonly suspension: Suspension;
  readonly metrics: PluginMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

const WORDS: Readonly<Record<FailureReason, string>> = {
  threw: 'failed',
  timed_out: 'did not answer in time',
  misused: 'broke a rule',
  too_large: 'was given too large an answer',
  suspended: 'is suspended, for it stalled again and again',
  stray: 'left an error for which nobody waits',
};

/** What a request ends with that a plugin fails. The client learns its name and the reason, the log all else. */
export function pluginError(
  { name, folder, timeoutMs }: Pick<HeldPlugin, 'name' | 'folder' | 'timeoutMs'>,
  reason: FailureReason,
  thrown?: unknown,
): FrontdeskError {
  const limit = reason === 'timed_out' ? ` (${timeoutMs} ms)` : '';
  const said = thrown === undefined ? '' : `: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  const place = placeIn(thrown, folder);
  return new FrontdeskError('plugin_failed', {
    detail: `the plugin ${name} ${WORDS[reason]}${limit}${said}${place === undefined ? '' : ` (${place})`}`,
    members: { plugin: name, reason },
    cause: thrown,
  });
}

/** Where in the plugin's code it was thrown: `src/stamp.ts:12:5`. */
function placeIn(thrown: unknown, folder: string): string | undefined {
  if (!(thrown instanceof Error) || !thrown.stack) return undefined;
  for (const line of thrown.stack.split('\n')) {
    const at = line.indexOf(`${folder}/`);
    if (at >= 0) return line.slice(at + folder.length + 1).replace(/\)$/, '');
  }
  return undefined;
}
