/** What breaks the protocol of WebSockets, byte for byte, at a proxied route (after the cases of the Autobahn suite). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient } from '../../listener/raw-client.fixture.ts';
import { HANDSHAKE } from '../../listener/websocket.fixture.ts';
import { closing } from '../../whole-gateway/proxied.fixture.ts';
import { stage } from './proxy-socket.fixture.ts';

/** FIN and opcode, then a masked payload with a mask of zeros. */
function frame(first: number, payload: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Uint8Array.of(first, 0x80 | bytes.length, 0, 0, 0, 0), bytes]);
}

const BROKEN: readonly (readonly [name: string, frames: readonly Uint8Array[], code: number])[] = [
  [
    'invalid UTF-8',
    [frame(0x81, Uint8Array.of(0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xcf, 0x83, 0xed, 0xa0, 0x80))],
    1007,
  ],
  ['invalid UTF-8 over two pieces', [frame(0x01, Uint8Array.of(0xc3)), frame(0x80, 'x')], 1007],
  ['a reserved bit', [frame(0xc1, 'x')], 1002],
  ['a reserved opcode', [frame(0x83, 'x')], 1002],
  ['a piece of nothing', [frame(0x80, 'x')], 1002],
  ['a message within a message', [frame(0x01, 'x'), frame(0x81, 'y')], 1002],
  ['a ping in pieces', [frame(0x09, 'x')], 1002],
  ['a goodbye of one byte', [frame(0x88, Uint8Array.of(3))], 1002],
  ['a goodbye with a reserved code', [frame(0x88, Uint8Array.of(0x03, 0xed))], 1002],
  ['a goodbye with broken words', [frame(0x88, Uint8Array.of(0x03, 0xe8, 0xff))], 1007],
];
for (const [name, frames, code] of BROKEN) {
  test(`${name} closes with ${code}, and the backend hears nothing of it`, async (t) => {
    const { frontdesk, backend } = await stage(t);
    const raw = new RawClient(Number(frontdesk.host.split(':')[1]));
    raw.write(`${HANDSHAKE.join('\r\n').replace('/ws', '/live/a')}\r\n\r\n`);
    const head = await raw.until('\r\n\r\n');
    assert.match(head, /^HTTP\/1.1 101 /);
    const { socket: far } = await backend.next();
    const heard: string[] = [];
    far.on('message', (data) => heard.push(String(data)));
    const gone = closing(far);
    for (const one of frames) raw.write(one);
    const rest = Buffer.from((await raw.untilEnd()).slice(head.length), 'latin1');
    assert.equal(rest[0], 0x88);
    assert.equal(rest.readUInt16BE(2), code);
    assert.equal((await gone).code, 1001);
    assert.deepEqual(heard, []);
  });
}
