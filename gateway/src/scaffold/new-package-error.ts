/** Why there is no new package, in words for whoever asked for one. */
export class NewPackageError extends Error {
  override readonly name = 'NewPackageError';
}
