import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { interimHead, passOn } from './interim-reply.ts';

test('102 and 103 are passed on, nothing else', () => {
  const heard: number[] = [];
  const sink = { interim: (status: number) => void heard.push(status) };
  for (const status of [100, 101, 102, 103, 104, 199]) passOn(sink, status, new HeaderFields());
  assert.deepEqual(heard, [102, 103]);
});

test('hints tell nothing of the inside, frame nothing, store nothing', () => {
  const headers = HeaderFields.of({
    link: '</a.css>; rel=preload',
    'x-hint': 'yes',
    server: 'inside/1',
    'x-internal-node': 'n1',
    'set-cookie': 'a=1',
    'content-length': '5',
    location: '/elsewhere',
    'cache-tag': 'secret',
    'x-broken': 'a\r\nX-Injected: 1',
    'x-wide': 'ł',
  });
  const heard: unknown[] = [];
  const sink = { interim: (_: number, { flat }: HeaderFields) => void heard.push(flat) };
  passOn(sink, 103, headers);
  passOn(sink, 102, HeaderFields.of({ link: '</a>' }));
  assert.deepEqual(heard, [['link', '</a.css>; rel=preload', 'x-hint', 'yes'], []]);
});

test('a head of HTTP/1.1 (RFC 8297 §2)', () => {
  assert.equal(
    interimHead(103, HeaderFields.of({ link: '</a>' })),
    'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n',
  );
  assert.equal(interimHead(102, new HeaderFields()), 'HTTP/1.1 102 Processing\r\n\r\n');
});
