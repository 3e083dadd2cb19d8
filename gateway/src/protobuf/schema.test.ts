import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadProtoSchema } from './schema.ts';
import { schemaOf } from './testing/schemas.ts';

const DISPATCH = fileURLToPath(import.meta.resolve('@frontdesk/schema/dispatch.proto'));

describe('a schema', () => {
  it('has the services of the files that are named, and the types of all', async () => {
    const schema = await loadProtoSchema([DISPATCH]);
    const [service] = schema.services;
    assert.equal(service?.fullName, 'frontdesk.dispatch.v1.Dispatch');
    assert.deepEqual(
      service?.methods.map(({ path, streamsRequests, streamsResponses }) => [
        path.split('/')[2],
        streamsRequests,
        streamsResponses,
      ]),
      [
        ['FindDriver', false, false],
        ['GetDriver', false, false],
        ['Reserve', false, false],
        ['Release', false, false],
        ['Track', false, true],
        ['ReportPositions', true, false],
        ['Chat', true, true],
      ],
    );
    assert.equal(service?.methods[3]?.response.fullName, 'google.protobuf.Empty');
    assert.ok(schema.message('google.protobuf.Timestamp'));
    assert.ok(schema.message('google.rpc.BadRequest'));
    assert.equal(schema.message('frontdesk.dispatch.v1.Nobody'), undefined);
    assert.equal(schema.message('frontdesk.dispatch.v1.Dispatch'), undefined);
  });

  it('knows presence, packing, oneofs and names of fields', async () => {
    const schema = await schemaOf(`syntax = "proto3"; message A {
      optional int32 a_b = 1; oneof k { string c = 2; } A d = 3; repeated int32 e = 4; repeated string f = 5;
      map<int32, A> g = 6; int32 h = 7 [json_name = "hh"]; }`);
    const fields = schema
      .message('A')
      ?.fields.map(({ jsonName, shape, packed, hasPresence, oneof }) => [
        jsonName,
        shape,
        packed,
        hasPresence,
        oneof,
      ]);
    assert.deepEqual(fields, [
      ['aB', 'single', false, true, undefined],
      ['c', 'single', false, true, 'k'],
      ['d', 'single', false, true, undefined],
      ['e', 'repeated', true, false, undefined],
      ['f', 'repeated', false, false, undefined],
      ['g', 'map', false, false, undefined],
      ['hh', 'single', false, false, undefined],
    ]);
  });

  it('takes proto2: presence everywhere, what is required, nothing packed', async () => {
    const schema = await schemaOf(
      'syntax = "proto2"; message A { required int32 a = 1; optional int32 b = 2; repeated int32 c = 3; }',
    );
    assert.deepEqual(
      schema.message('A')?.fields.map(({ required, hasPresence, packed }) => [required, hasPresence, packed]),
      [
        [true, true, false],
        [false, true, false],
        [false, false, false],
      ],
    );
  });

  it('follows imports, each once', async () => {
    const schema = await schemaOf({
      'a.proto':
        'syntax = "proto3"; package a; import "b.proto"; import "c.proto"; message A { b.B b = 1; } service S {}',
      'b.proto': 'syntax = "proto3"; package b; import "c.proto"; message B { c.C c = 1; } service Other {}',
      'c.proto': 'syntax = "proto3"; package c; message C {}',
    });
    assert.deepEqual(
      schema.services.map(({ fullName }) => fullName),
      ['a.S'],
    );
    assert.ok(schema.message('c.C'));
  });

  it('knows a type by its full name alone', async () => {
    const schema = await schemaOf('syntax = "proto3"; package a.b; message C { message D {} }');
    assert.equal(schema.message('a.b.C.D')?.fullName, 'a.b.C.D');
    assert.equal(schema.message('google.rpc.Status')?.fullName, 'google.rpc.Status');
    for (const name of ['C', 'b.C', '.a.b.C', 'a.b', 'Status', '__proto__', 'constructor', '']) {
      assert.equal(schema.message(name), undefined, name);
    }
  });

  it('says what is wrong, and where', async () => {
    await assert.rejects(loadProtoSchema(['/nowhere/x.proto']), /\/nowhere\/x\.proto cannot be read/);
    await assert.rejects(schemaOf('syntax = "proto3"; message {'), /test\.proto:1: /);
    await assert.rejects(schemaOf('syntax = "proto3"; message A { Nobody n = 1; }'), /Nobody/);
    await assert.rejects(schemaOf('syntax = "proto3"; import "nobody.proto";'), /import 'nobody\.proto'/);
  });
});
