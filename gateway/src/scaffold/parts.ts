/** Which reads become the two parts of a package's first screen, and under which names. */
import { typeName } from '../codegen/ts-text.ts';
import type { DescribedBackend, NeededParameter, Read } from './reads.ts';
import { type Shape, shapeOf } from './shape.ts';

export interface FirstPart {
  /** The part and its field: `customer`. */
  readonly name: string;
  readonly upstream: string;
  readonly read: Read;
  readonly shape: Shape;
  /** Whether the screen is nothing without it. */
  readonly required: boolean;
}

const PARTS = 2;

/** As many as there are, of different backends first; those that need the least come first. @throws DescriptionError */
export function firstParts(backends: ReadonlyMap<string, DescribedBackend>): readonly FirstPart[] {
  const byBackend = [...backends].map(([upstream, { documents, reads }]) =>
    reads
      .flatMap((read) => {
        const shape = shapeOf(documents, read.answer);
        return shape ? [{ upstream, read, shape }] : [];
      })
      .sort((a, b) => a.read.needs.length - b.read.needs.length),
  );
  const inTurn = Array.from({ length: PARTS }, (_, i) => byBackend.flatMap((reads) => reads[i] ?? [])).flat();
  const types = new Map<string, NeededParameter['type']>();
  const chosen: Omit<FirstPart, 'required'>[] = [];
  for (const one of inTurn) {
    // A parameter of one name is one member of the screen's input, so of one type.
    const clashes = one.read.needs.some(({ name, type }) => (types.get(name) ?? type) !== type);
    if (clashes || chosen.length === PARTS) continue;
    for (const { name, type } of one.read.needs) types.set(name, type);
    chosen.push({ ...one, name: partName(one.read, chosen) });
  }
  // What the caller asked for by name is what the screen is about.
  const main = chosen.find(({ read }) => read.needs.length > 0) ?? chosen[0];
  return chosen
    .map((part) => ({ ...part, required: part === main }))
    .sort((a, b) => Number(b.required) - Number(a.required));
}

/** `/users/{id}` is a user, `/users` are users. */
function partName({ path }: Read, taken: readonly { readonly name: string }[]): string {
  const words = path.split('/').filter((word) => word !== '');
  const last = words.findLast((word) => !word.startsWith('{')) ?? 'answer';
  const isOne = words.at(-1)?.startsWith('{') === true;
  const word = typeName(isOne ? last.replace(/(?<=[^s])s$/, '') : last);
  const name = `${word.charAt(0).toLowerCase()}${word.slice(1)}`;
  const isTaken = (wanted: string): boolean => taken.some((other) => other.name === wanted);
  let free = name;
  for (let i = 2; isTaken(free); i += 1) free = `${name}${i}`;
  return free;
}
