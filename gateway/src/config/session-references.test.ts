import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { sessionFaults } from './session-references.ts';
import { readYaml } from './yaml-source.ts';

const check = (text: string): string => sessionFaults(readYaml('f', text).root).map(formatFault).join('\n');

test('who takes people to a login must have one, and take who comes from it', () => {
  assert.match(check('routes: [{ login: redirect }]'), /^f:1:\d+: routes\[0\].login: leads to no login/);
  const routes = (auth: string): string =>
    check(`auth: { session: {} }\nroutes: [{ login: redirect${auth} }]`);
  for (const auth of [
    '',
    ', auth: [jwt, session]',
    ', auth: { all: [session] }',
    ', auth: { any: [session] }',
  ])
    assert.equal(routes(auth), '', auth);
  for (const auth of [', auth: [jwt]', ', auth: none', ', auth: { all: [jwt] }'])
    assert.match(routes(auth), /is in vain/, auth);
  assert.equal(check('routes: [{ login: refuse }, {}]'), '');
  assert.match(check('graph: { login: redirect }\nbffs: [{ login: redirect }]'), /graph.login/);
});
