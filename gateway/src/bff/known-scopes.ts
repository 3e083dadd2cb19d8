/** Holds a BFF's operations to the scopes that there are, for those who have no compiler to do it. */

interface Scoped {
  readonly scopes: readonly string[];
}

/** What of an operation is looked at: its own scopes, and those of its parts, steps and feeds. */
export interface ScopedOperation extends Scoped {
  readonly kind: string;
  readonly field: string;
  readonly parts?: Readonly<Record<string, Scoped>>;
  readonly steps?: Readonly<Record<string, Scoped>>;
  readonly updates?: Readonly<Record<string, Scoped>>;
}

/** Throws a `TypeError` that names a scope which is not among `known`, and where it stands. */
export function checkScopes(operations: readonly ScopedOperation[], known: readonly string[]): void {
  const all = new Set(known);
  const check = (where: string, { scopes }: Scoped): void => {
    for (const scope of scopes) {
      if (!all.has(scope)) throw new TypeError(`${where}: there is no scope "${scope}"`);
    }
  };
  for (const operation of operations) {
    const where = `${operation.kind} ${operation.field}`;
    check(where, operation);
    for (const members of [operation.parts, operation.steps, operation.updates]) {
      for (const [name, member] of Object.entries(members ?? {})) check(`${where}: ${name}`, member);
    }
  }
}
