/** What operators are shown of configurations and their changes, and how what they send is taken. Plain data, without a secret. */
import { dirname, isAbsolute, join } from 'node:path';
import type { ConfigBundle } from '../config/bundle.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Attempt } from './attempt.ts';
import type { ConfigVersion } from './change.ts';
import { diffSummary } from './diff-text.ts';
import { Overtaken, type Reloads, TooManyChanges } from './reloads.ts';

const MAX_LINES = 200;
const MAX_CHANGES = 1_000;
const UNTIL = 'its files change, SIGHUP, or the next start';

/** As `{ text }`, or `{ files }` by their paths relative to the entry's folder. */
type Sent = { readonly text: string } | { readonly files: Readonly<Record<string, string>> };

export class OperatorView {
  readonly #reloads: Reloads;

  constructor(reloads: Reloads) {
    this.#reloads = reloads;
  }

  get digest(): string {
    return this.#reloads.version.digest;
  }

  get version(): number {
    return this.#reloads.version.number;
  }

  get closedBecause(): string | undefined {
    const { config, file } = this.#reloads;
    if (file === undefined) return 'the command line says all: there is no configuration to change';
    if (!config.reload.put) return 'reload.put is false';
    // Whoever may put a configuration has the gateway run code of his and read its files: more than to be on this machine.
    if (config.admin?.token === undefined) return 'PUT needs admin.token, from this machine too';
    return undefined;
  }

  view(): object {
    const { version, file, standsInBecause, waits } = this.#reloads;
    return {
      ...versionView(version),
      ...(file === undefined ? {} : { file }),
      ...(standsInBecause === undefined ? {} : { standsInBecause }),
      ...(version.source === 'admin' ? { until: UNTIL } : {}),
      waitsForStart: waits,
      processes: this.#reloads.versions().map(({ process, pid, version: serves }) => ({
        process,
        pid,
        ...versionView(serves),
      })),
      history: this.#reloads.history.map((attempt) => ({
        at: new Date(attempt.at).toISOString(),
        source: attempt.source,
        outcome: attempt.outcome,
        version: attempt.version.number,
        ...(attempt.digest === undefined ? {} : { digest: attempt.digest }),
        tookMs: Math.round(attempt.tookMs),
        changes: diffSummary(attempt.changes, MAX_LINES),
        reasons: attempt.reasons.slice(0, MAX_LINES),
      })),
    };
  }

  effective(): object {
    return this.#reloads.effective();
  }

  async put(
    sent: Sent,
    options: { readonly expected: readonly string[] | undefined; readonly isTrial: boolean },
  ): Promise<object> {
    const attempt = await this.#attempt(sent, options);
    if (attempt.outcome === 'refused') {
      throw new FrontdeskError('configuration_refused', {
        detail: attempt.reasons.slice(0, MAX_LINES).join('\n'),
        members: { reasons: attempt.reasons.slice(0, MAX_LINES), faults: attempt.faults.slice(0, MAX_LINES) },
      });
    }
    return answerOf(attempt);
  }

  async #attempt(sent: Sent, options: Parameters<OperatorView['put']>[1]): Promise<Attempt> {
    try {
      return await this.#reloads.put(this.#bundle(sent), options);
    } catch (error) {
      if (error instanceof Overtaken) {
        const reason = `another configuration serves by now: "${error.message}"`;
        throw new FrontdeskError('precondition_failed', { detail: reason, members: { reasons: [reason] } });
      }
      if (error instanceof TooManyChanges) throw new FrontdeskError('overloaded', { detail: error.message });
      throw error;
    }
  }

  #bundle(sent: Sent): ConfigBundle {
    const file = this.#reloads.file ?? '';
    if ('text' in sent) return { file, texts: { [file]: sent.text } };
    const texts: Record<string, string> = {};
    for (const [path, text] of Object.entries(sent.files)) {
      texts[isAbsolute(path) ? path : join(dirname(file), path)] = text;
    }
    return { file, texts };
  }
}

function answerOf({ outcome, version, digest, changes, waits }: Attempt): object {
  return {
    outcome,
    ...versionView(version),
    ...(outcome === 'tried' ? { wouldBe: digest } : { until: UNTIL }),
    summary: diffSummary(changes, MAX_LINES),
    waitsForStart: waits,
    changes: changes.slice(0, MAX_CHANGES),
  };
}

function versionView({ number, digest, source, at }: ConfigVersion): object {
  return { version: number, digest, source, since: new Date(at).toISOString() };
}
