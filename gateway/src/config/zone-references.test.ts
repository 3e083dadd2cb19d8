import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { readYaml } from './yaml-source.ts';
import { zoneWarnings } from './zone-references.ts';

const UPSTREAMS = `
upstreams:
  users: { targets: [{ url: "http://a" }, { url: "http://b", zone: eu-1 }, { url: "http://c", zone: eu-2 }] }
  orders: { url: "http://d" }
`;

const check = (text: string): string[] => zoneWarnings(readYaml('f', text).root).map(formatFault);

test('endpoints have zones and the gateway has none: one warning for the upstream', () => {
  assert.deepEqual(check(UPSTREAMS), [
    'f:3:68: upstreams.users.targets[1].zone: means nothing: the gateway\'s own "zone" is not configured, so no endpoint is nearer than another',
  ]);
});

test('none where the gateway has a zone, or nobody has one', () => {
  assert.deepEqual(check(`${UPSTREAMS}zone: eu-1\n`), []);
  assert.deepEqual(check('upstreams: { users: { url: "http://a" } }'), []);
  assert.deepEqual(check('routes: []'), []);
});
