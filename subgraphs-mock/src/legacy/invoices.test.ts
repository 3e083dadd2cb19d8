import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type RunningService, startService } from '../index.ts';

let service: RunningService;
before(async () => {
  service = await startService('invoices', { port: 0 });
});
after(() => service.close());

async function ask(path: string, init: RequestInit = {}) {
  const reply = await fetch(`${service.url}${path}`, init);
  return { status: reply.status, type: reply.headers.get('content-type'), xml: await reply.text(), reply };
}
const post = (xml: string, type = 'text/xml') =>
  ask('/invoices', { method: 'POST', body: xml, headers: { 'content-type': type } });

test('an invoice is XML as it was in 2009', async () => {
  const { status, type, xml } = await ask('/invoices/R000003');
  assert.deepEqual([status, type], [200, 'text/xml; charset=utf-8']);
  assert.match(
    xml,
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<!-- BILLING 4.2 -->\n<invoice xmlns="urn:company:billing:2009"/,
  );
  assert.match(xml, /<c:customer id="\d+"><c:name>[^<]+<\/c:name>/);
  assert.match(xml, /<issued>\d\d\.\d\d\.\d{4}<\/issued>/);
  assert.match(xml, /<total>\d+,\d\d<\/total>/);
  assert.match(xml, /<note><!\[CDATA\[Order FD-\d+: <leave at the door> & ring\]\]><\/note>/);
});

test("a customer's invoices are a list of any number, of one too", async () => {
  const { xml } = await ask('/invoices?customer=42');
  const count = Number(/count="(\d+)"/.exec(xml)?.[1]);
  assert.ok(count > 1);
  assert.equal(xml.split('<invoice ').length - 1, count);
  assert.match((await ask('/invoices?customer=none')).xml, /count="0"><\/invoices>/);
});

test('nothing found is 200 with a fault, and 404 for those who ask for it', async () => {
  const lenient = await ask('/invoices/R999999');
  assert.deepEqual([lenient.status, /code="NOT-FOUND"/.test(lenient.xml)], [200, true]);
  assert.equal((await ask('/invoices/R999999?strict=J')).status, 404);
});

test('an invoice is written from XML, whatever the prefix', async () => {
  const created = await post(
    '<b:invoice xmlns:b="urn:x" customer="42"><b:line sku="p1" qty="2"/></b:invoice>',
  );
  assert.equal(created.status, 201);
  assert.match(created.xml, /paid="N"[\s\S]*<line no="1" sku="p1">[\s\S]*<qty>2<\/qty>[\s\S]*<note\/>/u);
  const location = created.reply.headers.get('location') ?? '';
  assert.equal((await ask(location)).xml, created.xml);
});

test('what is no invoice is a fault with the status that says so', async () => {
  for (const [xml, status] of [
    ['{}', 400],
    ['<order/>', 400],
    ['<!DOCTYPE x [<!ENTITY e "x">]><invoice customer="42"><line sku="p1"/></invoice>', 400],
    ['<invoice customer="42"></invoice>', 422],
    ['<invoice customer="0"><line sku="p1"/></invoice>', 422],
    ['<invoice customer="42"><line sku="p1" qty="0"/></invoice>', 422],
  ] as const) {
    const refused = await post(xml);
    assert.deepEqual([refused.status, refused.xml.includes('<fault ')], [status, true], xml);
  }
  assert.equal((await post('<invoice/>', 'application/json')).status, 415);
  assert.equal((await ask('/invoices', { method: 'DELETE' })).status, 405);
});
