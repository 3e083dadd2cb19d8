/** Every BFF has a team of its own, and CODEOWNERS says nothing of what is not there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseOwners, ruleOf } from './owners.ts';
import { ROOT } from './source.ts';

const rules = parseOwners(readFileSync(join(ROOT, 'CODEOWNERS'), 'utf8'));

test('every BFF package has an owner of its own', () => {
  const packages = readdirSync(ROOT).filter((name) => name.startsWith('bff-'));
  assert.ok(packages.length > 0);
  const faults = packages.flatMap((name) => {
    const rule = ruleOf(`${name}/src/index.ts`, rules);
    if (!rule || rule.pattern === '*') return [`${name}: expected a line "/${name}/ @…" in CODEOWNERS`];
    return rule.owners.length === 0 ? [`CODEOWNERS:${rule.line}: ${name} has no owner`] : [];
  });
  assert.deepEqual(faults, []);
});

test('every line of CODEOWNERS names somebody, and a place that is there', () => {
  const faults = rules.flatMap(({ pattern, owners, line }) => [
    ...(owners.length > 0 && owners.every((owner) => /^@[\w-]+(\/[\w-]+)?$/.test(owner))
      ? []
      : [`CODEOWNERS:${line}: expected owners such as @frontdesk/web`]),
    ...(pattern === '*' || existsSync(join(ROOT, pattern))
      ? []
      : [`CODEOWNERS:${line}: there is no ${pattern}`]),
  ]);
  assert.deepEqual(faults, []);
});

test('the last line that fits counts', () => {
  const some = parseOwners('# all\n* @a\n/bff-web/ @b # theirs\n/bff-web/src/x/ @c\n');
  assert.deepEqual(
    ['README.md', 'bff-web/a.ts', 'bff-web/src/x/a.ts', 'bff-web-2/a.ts'].map(
      (path) => ruleOf(path, some)?.owners,
    ),
    [['@a'], ['@b'], ['@c'], ['@a']],
  );
  assert.throws(() => ruleOf('a', parseOwners('*.ts @a')), /CODEOWNERS:1/);
});
