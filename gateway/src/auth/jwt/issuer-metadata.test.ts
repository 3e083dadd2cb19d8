import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { IssuerMetadata, metadataUrls } from './issuer-metadata.ts';

const ISSUER = 'https://id.example/realms/staff';
const sound = { issuer: ISSUER, jwks_uri: `${ISSUER}/keys?v=1` };
const missing = () => Promise.reject(new FrontdeskError('upstream_invalid', { detail: 'status 404' }));

function setUp(documents: Record<string, unknown>, origins: readonly string[] = []) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const state = { documents };
  const metadata = new IssuerMetadata({
    issuer: ISSUER,
    origins,
    clock,
    fetchMetadata: async ({ pathname }) => {
      asked.push(pathname);
      const document = state.documents[pathname];
      if (document instanceof Error) throw document;
      return document ?? missing();
    },
  });
  return { clock, asked, state, metadata };
}

const openId = '/realms/staff/.well-known/openid-configuration';
const oauth = '/.well-known/oauth-authorization-server/realms/staff';
const refusedBecause = (pattern: RegExp) => (error: unknown) =>
  error instanceof FrontdeskError && error.code === 'upstream_invalid' && pattern.test(error.detail ?? '');

test('metadata lies behind the issuer, or between its host and its path', () => {
  assert.deepEqual(
    metadataUrls(ISSUER).map(({ pathname }) => pathname),
    [openId, oauth, '/.well-known/openid-configuration/realms/staff'],
  );
  assert.deepEqual(metadataUrls('https://id.example/').map(String), [
    'https://id.example/.well-known/openid-configuration',
    'https://id.example/.well-known/oauth-authorization-server',
  ]);
  assert.deepEqual(metadataUrls(ISSUER, 'http://id.internal/x').map(String), ['http://id.internal/x']);
});

test('the first that is there is taken, and kept for an hour', async () => {
  const { clock, asked, metadata } = setUp({ [oauth]: sound });
  assert.equal(String(await metadata.endpoint('jwks_uri')), sound.jwks_uri);
  assert.deepEqual(asked.splice(0), [openId, oauth]);
  clock.advance(3_599_000);
  await Promise.all([metadata.endpoint('jwks_uri'), metadata.endpoint('jwks_uri')]);
  assert.deepEqual(asked, []);
  clock.advance(1000);
  await Promise.all([metadata.endpoint('jwks_uri'), metadata.endpoint('jwks_uri')]);
  assert.deepEqual(asked, [openId, oauth], 'one look for all who wait');
});

test('who does not answer at all is asked for one place', async () => {
  const down = new FrontdeskError('upstream_connect');
  const { asked, metadata } = setUp({ [openId]: down });
  await assert.rejects(metadata.endpoint('jwks_uri'), down);
  assert.deepEqual(asked, [openId]);
});

test('it must name the issuer to the letter', async () => {
  for (const issuer of [`${ISSUER}/`, 'https://evil.example', undefined, [ISSUER]]) {
    const { metadata } = setUp({ [openId]: { ...sound, issuer } });
    await assert.rejects(metadata.endpoint('jwks_uri'), refusedBecause(/another issuer/));
  }
  for (const document of ['x', [sound], 7]) {
    await assert.rejects(
      setUp({ [openId]: document }).metadata.endpoint('jwks_uri'),
      refusedBecause(/object/),
    );
  }
});

test('it leads nowhere that the configuration does not allow', async () => {
  for (const at of ['http://id.example/k', 'https://id.example:8443/k', 'http://169.254.169.254/']) {
    const { metadata } = setUp({ [openId]: { ...sound, jwks_uri: at } });
    await assert.rejects(metadata.endpoint('jwks_uri'), refusedBecause(/does not allow/), at);
  }
  for (const at of ['file:///etc/passwd', 'https://u:p@id.example/', undefined, 7]) {
    const { metadata } = setUp({ [openId]: { ...sound, jwks_uri: at } });
    await assert.rejects(metadata.endpoint('jwks_uri'), refusedBecause(/no usable jwks_uri/));
  }
  const keys = 'https://keys.example';
  const { metadata } = setUp({ [openId]: { ...sound, jwks_uri: `${keys}/k` } }, [keys]);
  assert.equal(String(await metadata.endpoint('jwks_uri')), `${keys}/k`);
});

test('other members are told as they are written', async () => {
  const { metadata } = setUp({
    [openId]: { ...sound, authorization_response_iss_parameter_supported: true },
  });
  assert.equal(await metadata.member('authorization_response_iss_parameter_supported'), true);
  assert.equal(await metadata.member('end_session_endpoint'), undefined);
});

test('what was doubted is looked for again; on an outage the old serves', async () => {
  const { asked, state, metadata } = setUp({ [openId]: sound });
  await metadata.endpoint('jwks_uri');
  metadata.doubt();
  state.documents = { [openId]: { ...sound, jwks_uri: `${ISSUER}/new` } };
  assert.equal(String(await metadata.endpoint('jwks_uri')), `${ISSUER}/new`);
  metadata.doubt();
  state.documents = {};
  assert.equal(String(await metadata.endpoint('jwks_uri')), `${ISSUER}/new`);
  assert.equal(asked.length, 5);
});
