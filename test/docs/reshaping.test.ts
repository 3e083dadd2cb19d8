/** The examples of gateway/docs/RESHAPING.md, against backends that speak JSON and XML. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { type RunningPage, startPage } from './example.ts';

const ORDER =
  '{"data":{"order":{"id":12345678901234567890,"lines":[{"sku":"a","price":{"amount":9.50,"cost":4}},' +
  '{"sku":"b","price":{"amount":2,"cost":1}}],"customer":{"name":"Ada","email":"a@x"},"extras":[{"sku":"gift"}]}},' +
  '"internal":1}';
const PRODUCTS =
  '[{"name":"lamp","stock":3,"price":{"eur":30,"usd":33}},{"name":"desk","stock":1,"price":{"eur":250,"usd":270}}]';
const INVOICE =
  '<?xml version="1.0"?><i:invoice xmlns:i="urn:i" id="7"><total>12.10</total>' +
  '<lines><line n="1">Desk &amp; lamp</line></lines></i:invoice>';
const LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>';

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = '', headers } = request;
  if (url === '/echo') {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ calledBy: headers['x-called-by'], type: headers['content-type'], body }));
    });
    return;
  }
  const isXml = url.startsWith('/invoices/');
  response.setHeader('content-type', isXml ? 'application/xml' : 'application/json');
  response.setHeader('x-region', 'eu');
  if (isXml) response.end(url.endsWith('/laughs') ? LAUGHS : INVOICE);
  else response.end(url.startsWith('/orders/') ? ORDER : PRODUCTS);
}

async function backends(t: Pick<TestContext, 'after'>): Promise<Record<string, string>> {
  const moved: Record<string, string> = {};
  for (const port of ['4101', '4107']) {
    const [free = 0] = await freePorts(1);
    const server = createServer(answer).listen(free, '127.0.0.1');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    moved[`127.0.0.1:${port}`] = `127.0.0.1:${free}`;
  }
  return moved;
}

describe('RESHAPING.md', { timeout: 300_000 }, () => {
  let page: RunningPage | undefined;
  test('its examples do what it says', async (t) => {
    page = await startPage(t, { page: 'RESHAPING.md', config: 'reshaping.yaml', moved: await backends(t) });
    for (const title of ['rules', 'values', 'fields', 'xml']) await t.test(title, () => page?.run(title));
  });
});
