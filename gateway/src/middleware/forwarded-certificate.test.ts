import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { type ClientInfo, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noMeter } from '../core/meter.ts';
import { counting } from '../core/testing/counting-meter.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { forwardedCertificate } from './forwarded-certificate.ts';

const PROXY = '10.0.0.1';
const XFCC = { header: 'x-forwarded-client-cert', allowPlain: false } as const;
const field = `Hash=${'ab'.repeat(32)};Subject="CN=partner"`;

/** What is known of the client behind the step. */
async function client(
  step: ReturnType<typeof forwardedCertificate>,
  value: string,
  peer: string | undefined = PROXY,
): Promise<ClientInfo> {
  const { exchange } = makeExchange({ headers: { 'x-forwarded-client-cert': value } });
  exchange.client = { address: '192.0.2.7', scheme: 'https', ...(peer === undefined ? {} : { peer }) };
  await step?.(exchange, async () => makeReply(204, new HeaderFields(), emptyBody));
  return exchange.client;
}

test('a trusted proxy tells of the certificate, and is understood once', async () => {
  const { meter, series } = counting();
  const step = forwardedCertificate(XFCC, { isSecure: true, meter });
  const { certificate } = await client(step, field);
  assert.equal(certificate?.commonName, 'partner');
  assert.equal((await client(step, field)).certificate, certificate);
  assert.equal((await client(step, 'nonsense')).certificate, undefined);
  assert.equal(series.get('frontdesk_forwarded_certificates_total{ok}'), 2);
  assert.equal(series.get('frontdesk_forwarded_certificates_total{unreadable}'), 1);
});

test('nobody else does: no trusted proxy in front, no certificate', async () => {
  const step = forwardedCertificate(XFCC, { isSecure: true, meter: noMeter });
  const { exchange } = makeExchange({ headers: { 'x-forwarded-client-cert': field } });
  await step?.(exchange, async () => makeReply(204, new HeaderFields(), emptyBody));
  assert.equal(exchange.client.certificate, undefined);
});

test('E73: over a plain listener the field is ignored, unless that is allowed in so many words', async () => {
  assert.equal(forwardedCertificate(XFCC, { isSecure: false, meter: noMeter }), undefined);
  assert.equal(forwardedCertificate(undefined, { isSecure: true, meter: noMeter }), undefined);
  const allowed = forwardedCertificate({ ...XFCC, allowPlain: true }, { isSecure: false, meter: noMeter });
  assert.equal((await client(allowed, field)).certificate?.commonName, 'partner');
});

test('what is remembered is bounded', async () => {
  const step = forwardedCertificate(XFCC, { isSecure: true, meter: noMeter });
  const first = (await client(step, field)).certificate;
  for (let i = 0; i < 1_024; i += 1) await client(step, `${field};DNS=n${i}`);
  const again = (await client(step, field)).certificate;
  assert.notEqual(again, first);
  assert.deepEqual(again, first);
});
