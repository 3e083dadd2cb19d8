import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { coded } from '../core/testing/errors.ts';
import { contextOn } from '../core/testing/exchange.ts';
import { providerEndpoint, providerOrigin } from './provider-endpoint.ts';

const clock = new ManualClock();

test('the provider is where its endpoint is, or else its metadata', () => {
  assert.equal(providerOrigin({ endpoint: 'https://id.example/token' }), 'https://id.example');
  assert.equal(providerOrigin({ issuer: 'https://id.example/realms/a' }), 'https://id.example');
  const elsewhere = { issuer: 'https://id.example', discovery: 'https://meta.example/x' };
  assert.equal(providerOrigin(elsewhere), 'https://meta.example');
});

test('an endpoint is found by its member of the metadata, and not where that leads elsewhere', async () => {
  const asked: string[] = [];
  const place = { issuer: 'https://id.example' };
  const find = (member: string) =>
    providerEndpoint(place, {
      member,
      upstream: 'metadata',
      clock,
      source: {
        context: () => contextOn(clock),
        callUpstream: async ({ upstream, path }) => {
          asked.push(`${upstream} ${path}`);
          const metadata = {
            issuer: 'https://id.example',
            token_endpoint: 'https://id.example/token',
            stolen_endpoint: 'https://evil.example/token',
          };
          const body = new WholeBody(JSON.stringify(metadata));
          return { status: 200, headers: new HeaderFields(), body, settled: new Promise(() => {}) };
        },
      },
    });
  assert.equal((await find('token_endpoint')()).href, 'https://id.example/token');
  assert.deepEqual(asked, ['metadata /.well-known/openid-configuration']);
  await assert.rejects(find('stolen_endpoint'), coded('upstream_invalid'));
});
