import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, read, readYaml } from './files.ts';
import { prometheusRule } from './prometheus-rule.ts';

const PLACE = ['kubernetes', 'components', 'monitoring', 'prometheus-rule.yaml'] as const;

test('a cluster gets the very rules that are tested: the file is as it is written from them', () => {
  assert.equal(read(...PLACE), prometheusRule(), 'write it anew: its first lines say how');
});

test('each group has what the operator asks for', () => {
  const groups = at(readYaml(...PLACE), 'spec', 'groups');
  assert.ok(Array.isArray(groups) && groups.length > 1);
  for (const group of groups) {
    assert.match(String(at(group, 'name')), /^frontdesk-/);
    const rules = at(group, 'rules');
    assert.ok(Array.isArray(rules) && rules.length > 0);
    for (const rule of rules) assert.equal(typeof at(rule, 'expr'), 'string');
  }
});
