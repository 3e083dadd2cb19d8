import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { backend, context, identity, request, rig, text } from '../testing/harness.ts';
import { callRequestConfig } from './call-headers.ts';

test('every call gets the fields, beside those of the gateway', async (t) => {
  const url = await backend(t, (incoming, outgoing) => {
    const { 'x-who': who, 'x-user-id': user, 'x-drop': drop = null } = incoming.headers;
    outgoing.end(JSON.stringify({ who, user, drop }));
  });
  const rules = { set: { 'x-who': '{identity.subject} of {identity.tenant}' }, remove: ['x-drop'] };
  const { call } = rig(t, { users: { url, request: { headers: rules } } });
  const headers = HeaderFields.of({ 'x-drop': '1', 'x-who': 'eve' });
  const reply = await call(request({ headers, context: context({ identity: identity() }) }));
  assert.equal(await text(reply), '{"who":"u42 of t1","user":"u42","drop":null}');
});

test('a template speaks of what every call knows, and cannot say who asks', () => {
  const accepts = (set: object): boolean => callRequestConfig.safeParse({ headers: { set } }).success;
  assert.equal(accepts({ 'x-a': '{query.page}' }), false);
  assert.equal(accepts({ 'x-user-id': 'root' }), false);
  assert.equal(accepts({ 'x-a': '{request.id}' }), true);
});
