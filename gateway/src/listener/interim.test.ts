import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { Authority } from '../core/testing/certificates.ts';
import { serve, textReply } from './raw-client.fixture.ts';

const authority = new Authority({ after });
const { certFile, keyFile } = authority.issue('gateway');

test('over HTTP/2 interim replies go out as heads of their own, before the final one alone', async (t) => {
  const { port } = await serve(t, {
    config: { tls: { cert: certFile, key: keyFile }, http2: true },
    handle: async ({ interim: sink }) => {
      sink?.interim(103, new HeaderFields(['link', '</a>', 'link', '</b>']));
      // A field that HTTP/2 has no place for: a hint less, and nothing breaks.
      sink?.interim(103, new HeaderFields(['connection', 'x-hint']));
      setImmediate(() => sink?.interim(103, new HeaderFields(['link', '</late>'])));
      return textReply('final');
    },
  });
  const session = http2.connect(`https://localhost:${port}`, { ca: authority.ca });
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/' });
  const heads: unknown[] = [];
  stream.on('headers', (fields) => heads.push([fields[':status'], fields.link]));
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  assert.equal(text, 'final');
  assert.deepEqual(heads, [[103, '</a>, </b>']]);
});
