import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { checkLimits, graphLimitsConfig } from './limits.ts';

const limits = graphLimitsConfig.parse({});

function refused(document: string, reason: RegExp | undefined): void {
  const check = () => checkLimits(parse(document), limits);
  if (reason)
    assert.throws(check, (error: Error & { members?: { reason?: string } }) =>
      reason.test(error.members?.reason ?? ''),
    );
  else check();
}

const nested = (depth: number) => `${'{ a '.repeat(depth)}${'}'.repeat(depth)}`;

test('depth: ten fields one in another, not eleven, fragments followed', () => {
  refused(nested(10), undefined);
  refused(nested(11), /depth/);
  refused(`{ a { ...F } } fragment F on Q ${nested(9)}`, undefined);
  refused(`{ a { ...F } } fragment F on Q ${nested(10)}`, /depth/);
  refused(`{ a { ... { ... on Q { b } } } }`, undefined);
});

test('aliases, root fields and directives', () => {
  const many = (count: number, one: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => one(i)).join(' ');
  refused(`{ a { ${many(30, (i) => `x${i}: b`)} } }`, undefined);
  refused(`{ a { ${many(31, (i) => `x${i}: b`)} } }`, /aliases/);
  refused(`{ ${many(20, (i) => `f${i}`)} }`, undefined);
  refused(`{ ${many(21, (i) => `f${i}`)} }`, /root fields/);
  refused(`{ ...F ...F } fragment F on Q { ${many(11, (i) => `f${i}`)} }`, /root fields/);
  refused(`{ a ${'@x '.repeat(51)} }`, /directives/);
  refused(`{ a } fragment F on Q { b ${'@x '.repeat(51)} }`, /directives/);
});

test('fragments that double each other are weighed in linear time', () => {
  const count = 60;
  let text = '{ a { ...F0 } }';
  for (let i = 0; i < count; i++) text += ` fragment F${i} on Q { ...F${i + 1} ...F${i + 1} }`;
  refused(`${text} fragment F${count} on Q { b }`, /fields/);
});

test('a fragment that spreads itself is refused, an unknown one left to validation', () => {
  refused('{ ...F } fragment F on Q { a { ...G } } fragment G on Q { ...F }', /spreads itself/);
  refused('{ ...Nowhere }', undefined);
});

test('introspection counts as one level', () => {
  refused(`{ __schema ${nested(13)} }`, undefined);
});
