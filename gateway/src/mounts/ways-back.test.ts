import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gateway, httpBackend } from '../whole-gateway/proxied.fixture.ts';

test('what a POST made is reached by another route of the upstream, not by one of another', async (t) => {
  const { url } = await httpBackend(t, (request, response) => {
    response.writeHead(201, { location: String(request.headers['x-made']) }).end();
  });
  const { host } = await gateway(t, {
    upstreams: { billing: { url }, shop: { url } },
    routes: [
      { match: { path: '/bills', methods: ['POST'] }, to: { upstream: 'billing', rewrite: '/invoices' } },
      { match: { path: '/bills/by-id/:id' }, to: { upstream: 'billing', rewrite: '/invoices/:id' } },
      { match: { path: '/orders/:id' }, to: { upstream: 'shop', rewrite: '/orders/:id' } },
      { match: { path: '/other', hosts: ['b.example'] }, to: { upstream: 'billing', rewrite: '/foreign' } },
      {
        match: { path: '/away' },
        to: { upstream: 'billing', redirectHosts: ['cdn.example', 'cdn.example:8443'] },
      },
    ],
  });
  const location = async (made: string, path = '/bills'): Promise<string | null> => {
    const reply = await fetch(`http://${host}${path}`, { method: 'POST', headers: { 'x-made': made } });
    await reply.arrayBuffer();
    assert.equal(reply.status, 201);
    return reply.headers.get('location');
  };
  assert.equal(await location('/invoices/7'), '/bills/by-id/7');
  assert.equal(await location('/invoices/7/lines/1'), '/bills/7/lines/1', 'no route leads there');
  assert.equal(await location('/orders/7'), '/orders/7');
  assert.equal(await location('/foreign'), '/foreign');
  assert.equal(await location('https://cdn.example:8443/a?b'), null);
  assert.equal(await location('https://cdn.example:8443/a?b', '/away'), 'https://cdn.example:8443/a?b');
});
