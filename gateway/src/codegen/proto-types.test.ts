import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { typesConfig } from './config.ts';
import { linesWith, packageFolder } from './package-folder.fixture.ts';
import { protoTypes } from './proto-types.ts';

const PROTO = `
syntax = "proto3";
package acme.v1;
import "google/protobuf/timestamp.proto";
service Fleet {
  rpc Find(FindRequest) returns (Car);
  rpc Follow(FindRequest) returns (stream Car);
  rpc Report(stream Car) returns (Car);
}
service Other {}
message FindRequest { int64 near_id = 1; Color color = 2; repeated string tags = 3; optional bool fast = 4; }
message Car { string id = 1; google.protobuf.Timestamp seen = 2; map<string, int32> counts = 3; Car towed = 4; int64 odometer = 5; }
enum Color { COLOR_UNSPECIFIED = 0; RED = 1; }
`;

function make(t: TestContext, service?: string) {
  const folder = packageFolder(t, { 'fleet.proto': PROTO });
  const settings = { schema: 'fleet.proto', ...(service === undefined ? {} : { service }) };
  const config = typesConfig.parse({ upstreams: { fleet: settings } }).upstreams.fleet;
  assert.ok(config);
  const source = {
    upstream: 'fleet',
    file: join(folder, 'fleet.proto'),
    written: 'fleet.proto',
    value: 'fleetBackend',
  };
  return protoTypes(source, config, "'here'");
}

describe('the methods of a .proto file', () => {
  it('are typed as ProtoJSON makes their messages', async (t) => {
    const { text, notes } = await make(t, 'acme.v1.Fleet');
    assert.deepEqual(linesWith(text, 'request:'), [
      'readonly find: { readonly request: FindRequestInput; readonly response: Car; readonly streams: false };',
      'readonly follow: { readonly request: FindRequestInput; readonly response: Car; readonly streams: true };',
    ]);
    assert.deepEqual(notes, ['upstream fleet: Report is left out: it takes a stream of requests']);
    const one = text.replaceAll(/\s+/g, ' ');
    assert.ok(
      one.includes(
        'interface FindRequestInput { readonly nearId?: string | number; readonly color?: Color; readonly tags?: readonly string[]; readonly fast?: boolean; }',
      ),
    );
    assert.ok(
      one.includes(
        'interface Car { readonly id: string; readonly seen?: string; readonly counts: Readonly<Record<string, number>>; readonly towed?: Car; readonly odometer: string; }',
      ),
    );
    assert.ok(one.includes("type Color = 'COLOR_UNSPECIFIED' | 'RED' | number;"));
    assert.ok(one.includes("grpc<Fleet>({ service: 'acme.v1.Fleet', proto: 'here', })"));
  });

  it('are those of the one service, or of the one that is named', async (t) => {
    await assert.rejects(make(t), {
      message:
        'upstream fleet: fleet.proto has several services; say which with service: acme.v1.Fleet, acme.v1.Other',
    });
    await assert.rejects(make(t, 'acme.v1.Fleeet'), {
      message: 'upstream fleet: fleet.proto has no service "acme.v1.Fleeet"; did you mean "acme.v1.Fleet"?',
    });
  });
});
