/**
 * Where all chance of a run of the tests begins: one number, the same every time unless another is asked for, so that a
 * change fails by what it changes. `npm test -- --seed 7` takes that one, `--seed random` explores; so does
 * FRONTDESK_SEED where there is no `--seed`. Property tests get it by `property-seed.ts`.
 */
import { parseArgs } from 'node:util';

const FIXED_SEED = 20_261_122;
const MOST = 2 ** 31 - 1;

export interface RunArguments {
  readonly seed: number;
  /** Pieces of the paths of the files that are to run; none for all. */
  readonly patterns: readonly string[];
}

/** Throws a `TypeError` that says what a seed is, where the one given is none. */
export function readArguments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  random: () => number,
): RunArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { seed: { type: 'string' } },
    allowPositionals: true,
  });
  const asked = values.seed ?? env.FRONTDESK_SEED;
  return { seed: asked === 'random' ? Math.floor(random() * MOST) : seedOf(asked), patterns: positionals };
}

/** The seed that a text names; the fixed one where there is no text. */
export function seedOf(text: string | undefined): number {
  if (text === undefined || text === '') return FIXED_SEED;
  const seed = Number(text);
  if (Number.isInteger(seed) && Math.abs(seed) <= MOST) return seed;
  throw new TypeError(`a seed is a whole number from -${MOST} to ${MOST}, or the word random; got ${text}`);
}
