import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routingConfig } from './routing-config.ts';

const fault = (value: unknown): string => {
  const { error } = routingConfig.safeParse(value);
  return error ? JSON.stringify(error.issues) : 'no fault';
};

test('nothing need be said', () => {
  assert.deepEqual(routingConfig.parse(undefined), { clientTypes: {} });
});

test('names of fields are in lower case from here on', () => {
  const { versions, tenant, clientTypes } = routingConfig.parse({
    versions: { header: 'X-Api-Version', acceptParam: 'V' },
    tenant: { host: '*.Example.com' },
    clientTypes: { mobile: [{ headers: { 'X-Client': 'm' } }] },
  });
  assert.deepEqual(versions, { header: 'x-api-version', acceptParam: 'v' });
  assert.deepEqual(tenant, { host: '*.example.com' });
  assert.deepEqual(clientTypes.mobile, [{ headers: { 'x-client': 'm' } }]);
});

test('it says what is wrong', () => {
  assert.match(fault({ versions: { default: '1' } }), /header or acceptParam/);
  assert.match(fault({ tenant: {} }), /exactly one/);
  assert.match(fault({ tenant: { header: 'a', param: 'b' } }), /exactly one/);
  assert.match(fault({ tenant: { host: 'example.com' } }), /\*\.example\.com/);
  assert.match(fault({ clientTypes: { a: [] } }), /too_small/);
  assert.match(fault({ clientTypes: { a: [{}] } }), /at least one of headers/);
  assert.match(fault({ clientTypes: { a: [{ headers: { x: { pattern: '(' } } }] } }), /unmatched/);
});
