/** Who owns a path, as GitHub reads CODEOWNERS: the last line whose pattern fits. Only the patterns that we use: `*`, and folders from the root. */

export interface OwnerRule {
  readonly pattern: string;
  readonly owners: readonly string[];
  readonly line: number;
}

export function parseOwners(text: string): OwnerRule[] {
  return text.split('\n').flatMap((written, index) => {
    const [pattern, ...owners] = written
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    return pattern === undefined || pattern === '' ? [] : [{ pattern, owners, line: index + 1 }];
  });
}

/** Throws where a pattern is of another kind than these. */
export function ruleOf(path: string, rules: readonly OwnerRule[]): OwnerRule | undefined {
  return rules.findLast(({ pattern, line }) => {
    if (pattern === '*') return true;
    if (!/^\/.*\/$/.test(pattern) || pattern.includes('*'))
      throw new TypeError(`CODEOWNERS:${line}: ${pattern}: expected *, or a folder such as /bff-web/`);
    return `/${path}`.startsWith(pattern);
  });
}
