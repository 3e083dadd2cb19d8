/** Takes values that came from the environment or a file out of what is told of a configuration: they may be secrets. */
import type { Fault } from './fault.ts';
import { type Node, type ScalarNode, scalars } from './tree.ts';

/** A shorter one is taken out only where it is quoted: else words would go that only look like it. */
const MIN_CHARS = 6;

/** A message without these values; how they are written stands in their place. */
export function conceal(message: string, given: Iterable<ScalarNode>): string {
  let told = message;
  for (const { origin, value } of given) {
    const text = String(value);
    if (origin === undefined || text === '') continue;
    told = told.replaceAll(`"${text}"`, () => `"${origin}"`);
    if (text.length >= MIN_CHARS) told = told.replaceAll(text, () => origin);
  }
  return told;
}

/** Faults without any such value of the whole configuration: one setting's fault may quote another, such as a name. */
export function concealed(faults: readonly Fault[], root: Node): Fault[] {
  if (faults.length === 0) return [];
  const given: ScalarNode[] = [];
  for (const [scalar] of scalars(root)) if (scalar.origin !== undefined) given.push(scalar);
  // What holds another goes first, whole.
  given.sort((one, other) => String(other.value).length - String(one.value).length);
  return faults.map((fault) => ({ ...fault, message: conceal(fault.message, given) }));
}
