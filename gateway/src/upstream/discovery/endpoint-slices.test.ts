import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EndpointSlice, endpointSlice, endpointsOf, type SliceView } from './endpoint-slices.ts';

const view: SliceView = { port: undefined, scheme: 'http', host: 'users.shop.svc', path: '' };
const PORTS = [{ name: 'http', port: 8080, protocol: 'TCP' }];

function slice(endpoints: readonly object[], more: object = {}): EndpointSlice {
  return endpointSlice.parse({
    metadata: { name: 's' },
    addressType: 'IPv4',
    ports: PORTS,
    endpoints,
    ...more,
  });
}

function places(slices: readonly EndpointSlice[], more: Partial<SliceView> = {}): string[] {
  const { specs } = endpointsOf(slices, { ...view, ...more });
  return specs.map(({ url, address }) => `${address} ${new URL(url).port}`);
}

const one = (address: string, conditions?: object) => ({ addresses: [address], conditions });

test('ready endpoints are called; unknown readiness counts as ready', () => {
  const all = [
    one('10.0.0.1', { ready: true }),
    one('10.0.0.2', { ready: false }),
    one('10.0.0.3'),
    one('10.0.0.4', {}),
  ];
  assert.deepEqual(places([slice(all)]), ['10.0.0.1 8080', '10.0.0.3 8080', '10.0.0.4 8080']);
});

test('where none is ready, those that are ending and still serve are called', () => {
  const ending = one('10.0.0.1', { ready: false, serving: true, terminating: true });
  const gone = one('10.0.0.2', { ready: false, serving: false, terminating: true });
  assert.deepEqual(places([slice([ending, gone])]), ['10.0.0.1 8080']);
  assert.deepEqual(places([slice([ending, one('10.0.0.3')])]), ['10.0.0.3 8080']);
});

test('an endpoint that stands in two slices is one; of its addresses the first counts', () => {
  const moved = { addresses: ['10.0.0.1', '10.0.9.9'], conditions: { ready: true }, zone: 'z1' };
  const { specs } = endpointsOf([slice([moved]), slice([moved])], view);
  assert.deepEqual(specs, [
    { url: 'http://users.shop.svc:8080', address: '10.0.0.1', weight: 1, zone: 'z1' },
  ]);
});

test('ports by name, by number, or the only one', () => {
  const ports = [...PORTS, { name: 'metrics', port: 9090 }, { name: 'dns', port: 53, protocol: 'UDP' }];
  const many = slice([one('10.0.0.1')], { ports });
  assert.deepEqual(places([many], { port: 'metrics' }), ['10.0.0.1 9090']);
  assert.deepEqual(places([many], { port: 8080 }), ['10.0.0.1 8080']);
  for (const port of [undefined, 'grpc', 53, 'dns']) {
    const { specs, faults } = endpointsOf([many], { ...view, port });
    assert.equal(specs.length, 0);
    assert.match(faults[0] ?? '', /http \(8080\), metrics \(9090\)/);
  }
  // While pods are rolled over, two slices may have two numbers for one name.
  const other = slice([one('10.0.0.2')], { ports: [{ name: 'http', port: 8081 }] });
  assert.deepEqual(places([slice([one('10.0.0.1')]), other], { port: 'http' }), [
    '10.0.0.1 8080',
    '10.0.0.2 8081',
  ]);
});

test('IPv4 where there is any, else IPv6; names never', () => {
  const six = slice([one('fd00::1')], { addressType: 'IPv6' });
  assert.deepEqual(places([slice([one('10.0.0.1')]), six]), ['10.0.0.1 8080']);
  assert.deepEqual(places([slice([]), six]), ['fd00::1 8080']);
  assert.deepEqual(places([slice([one('users.example')], { addressType: 'FQDN' })]), []);
});

test('what a slice may leave out', () => {
  const bare = endpointSlice.parse({
    metadata: { name: 's' },
    addressType: 'IPv4',
    endpoints: null,
    ports: null,
  });
  assert.deepEqual(places([bare]), []);
});
