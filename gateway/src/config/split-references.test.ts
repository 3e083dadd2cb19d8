import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { splitFaults } from './split-references.ts';
import { readYaml } from './yaml-source.ts';

const check = (text: string): string[] => splitFaults(readYaml('f', text).root).map(formatFault);

test('sides and shadows are upstreams with endpoints, and no call goes in circles', () => {
  const text = `upstreams:
  users:
    split: { sides: { stable: { upstream: users-v1 }, canary: { upstream: user-v2 } } }
    mirror: { upstream: orders }
    retry: { max: 0 }
  orders:
    split: { sides: { stable: { upstream: users }, canary: { upstream: users-v1 } } }
  users-v1: { url: "http://a", mirror: { upstream: users-v1 } }
  users-v2: { url: "http://a", mirror: { upstream: users-v1 } }
  users-v3: { url: "http://a", mirror: { upstream: nobody } }
`;
  assert.deepEqual(check(text), [
    'f:5:12: upstreams.users.retry: means nothing beside `split`: expected it of the upstreams of the sides',
    'f:3:75: upstreams.users.split.sides.canary.upstream: no upstream is named "user-v2"; did you mean "users-v2"?',
    'f:4:25: upstreams.users.mirror.upstream: "orders" is a split: expected an upstream with endpoints',
    'f:7:43: upstreams.orders.split.sides.stable.upstream: "users" is a split itself: expected an upstream with endpoints',
    'f:8:52: upstreams.users-v1.mirror.upstream: is the upstream itself: expected another',
    'f:9:52: upstreams.users-v2.mirror.upstream: "users-v1" is mirrored itself: expected one that is not',
    'f:10:52: upstreams.users-v3.mirror.upstream: no upstream is named "nobody"; known: users, orders, users-v1, users-v2, users-v3',
  ]);
});

test('what fits is not spoken of', () => {
  const text = `upstreams:
  users:
    scopes: [users:read]
    split: { sides: { stable: { upstream: v1 }, canary: { upstream: v2 } } }
    mirror: { upstream: shadow }
  v1: { url: "http://a", mirror: { upstream: shadow } }
  v2: { url: "http://b" }
  shadow: { url: "http://c" }
`;
  assert.deepEqual(check(text), []);
  assert.deepEqual(check('routes: []\n'), []);
});
