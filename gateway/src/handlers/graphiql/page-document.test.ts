import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageDocument, pageHeaders } from './page-document.ts';

test('nothing of the page is inline, and all it loads lies below its base', () => {
  const html = pageDocument('graphql/graphiql/v1', 'bm9uY2U=');
  assert.doesNotMatch(html, /<style|style=|\son\w+=|<script[^>]*>[^<]/);
  for (const [, address] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
    assert.match(address ?? '', /^(graphql\/graphiql\/v1\/[\w-]+\.(js|css)|data:,)$/);
  }
});

test('the policy allows this origin, and no inline script or style but under the nonce', () => {
  const headers = pageHeaders('bm9uY2U=');
  const policy = headers.get('content-security-policy') ?? '';
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.match(
    policy,
    /^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-bm9uY2U='; connect-src 'self';/,
  );
  assert.match(policy, /base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('vary'), 'accept');
});
