/**
 * How much memory a prepared document takes, estimated from its length: syntax tree, and for each combination of its
 * conditions shape, plan and compiled code. Measured on operations over five subgraphs (bytes for each character of the
 * text: 95 when prepared, 300 to 340 more for each combination; what a short one takes besides is 20 to 30 KiB each).
 */
const DOCUMENT = { base: 16 * 1024, perCharacter: 100 };
const COMBINATION = { base: 24 * 1024, perCharacter: 350 };

export function documentWeight(characters: number, combinations: number): number {
  return (
    DOCUMENT.base +
    DOCUMENT.perCharacter * characters +
    combinations * (COMBINATION.base + COMBINATION.perCharacter * characters)
  );
}
