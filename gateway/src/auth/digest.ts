/** What keys are indexed by: the first 48 bits of their SHA-256, a number that a map finds fast. */
export function digestPrefix(digest: Buffer): number {
  return digest.readUIntBE(0, 6);
}
