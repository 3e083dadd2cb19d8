/** A schema that is wrong is told with the line of the configuration and its own. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { schemaFolder } from '../protobuf/testing/schemas.ts';
import { DescriptionError } from '../validation/description-error.ts';
import { formatFault } from './fault.ts';
import { loadConfig } from './load.ts';
import { schemaFaults, withPlace } from './schema-faults.ts';

const GOOD = `syntax = "proto3";
package a;
import "google/api/annotations.proto";
service S { rpc M(B) returns (B) { option (google.api.http) = { get: "/v1" }; } }
service Plain { rpc M(B) returns (B); }
message B { string id = 1; }
`;

const DESCRIBED = { openapi: '3.1.0', paths: { '/y': { get: { operationId: 'get' } } } };

async function load(t: TestContext, route: string, proto = GOOD) {
  const folder = await schemaFolder(t);
  const file = join(folder, 'f.yaml');
  await writeFile(join(folder, 'a.proto'), proto);
  await writeFile(join(folder, 'a.json'), JSON.stringify(DESCRIBED));
  await writeFile(
    file,
    `upstreams: { u: { url: "http://127.0.0.1:1", protocol: http2 } }\nroutes:\n${route}\n`,
  );
  const loaded = loadConfig(file, {});
  if (!loaded.ok) assert.fail(loaded.faults.map(formatFault).join('\n'));
  return { routes: loaded.config.routes, folder };
}

const transcode = (more = ''): string =>
  `  - match: { path: "/*" }\n    to:\n      transcode:\n        upstream: u\n        proto: ./a.proto\n${more}`;
const body = (message: string): string =>
  `  - match: { path: /x }\n    to: { upstream: u }\n    response:\n      protobuf:\n        proto: ./a.proto\n        message: ${message}`;

for (const [title, route, proto, expected] of [
  ['nothing', transcode(), GOOD, undefined],
  ['nothing of a body', body('a.B'), GOOD, undefined],
  [
    'a text that cannot be read',
    transcode(),
    'syntax = "proto3";\nmessage B {\n  string x = 1\n}\n',
    /f\.yaml:7:16: routes\[0\]\.to\.transcode\.proto: .*a\.proto:4: illegal token/,
  ],
  [
    'a type that is nowhere',
    transcode(),
    GOOD.replace('string id', 'Nope id'),
    /f\.yaml:7:16: .*a\.proto:6: .*'Nope'/,
  ],
  [
    'a rule that no request could meet',
    transcode(),
    GOOD.replace('"/v1"', '"/v1/{nope}"'),
    /f\.yaml:7:16: .*a\.proto:4: google\.api\.http of .*a\.S\/M: "nope" of/,
  ],
  [
    'a service that is not there',
    transcode('        services: [a.T]'),
    GOOD,
    /f\.yaml:8:19: routes\[0\]\.to\.transcode\.services: .*no service is called a\.T; there are a\.S, a\.Plain/,
  ],
  [
    'a service without an annotation',
    transcode('        services: [a.Plain]'),
    GOOD,
    /services: .*no method of a\.Plain has a google\.api\.http/,
  ],
  [
    'a schema without services',
    transcode(),
    'syntax = "proto3"; message B {}',
    /transcode\.proto: .*states no service/,
  ],
  [
    'a message that is not there',
    body('a.C'),
    GOOD,
    /f\.yaml:8:18: routes\[0\]\.response\.protobuf\.message: .*no message is called a\.C; there are a\.B/,
  ],
] as const) {
  test(title, async (t) => {
    const { routes } = await load(t, route, proto);
    const [fault, ...others] = (await schemaFaults(routes)).map(formatFault);
    assert.deepEqual(others, []);
    if (expected) assert.match(fault?.replaceAll(/\S*\/(?=[af]\.)/g, '') ?? '', expected);
    else assert.equal(fault, undefined);
  });
}

test('a start tells the place, too', async (t) => {
  const { routes } = await load(t, body('a.C'));
  const settings = routes[0]?.response.protobuf;
  assert.ok(settings);
  const { loadProtobufMessage } = await import('../handlers/grpc/protobuf-message.ts');
  await assert.rejects(
    withPlace(settings, loadProtobufMessage(settings)),
    /f\.yaml:8:18: routes\[0\]\.response\.protobuf\.message: /,
  );
  const other = new TypeError('x');
  await assert.rejects(withPlace(settings, Promise.reject(other)), other);
});

test('descriptions of requests are told with the setting and the place inside', async (t) => {
  const route = `  - match: { path: /x }
    to: { upstream: u }
    validate:
      body: { properties: { a: { maxLenght: 1 } } }
  - match: { path: /y }
    to: { upstream: u }
    validate: { openapi: ./a.json, operation: gett }`;
  const { routes, folder } = await load(t, route);
  const faults = (await schemaFaults(routes)).map((fault) => formatFault(fault).replace(`${folder}/`, ''));
  assert.match(
    faults[0] ?? '',
    /^f\.yaml:6:13: routes\[0\]\.validate\.body: #\/properties\/a\/maxLenght: is no keyword/,
  );
  assert.match(
    faults[1] ?? '',
    /^f\.yaml:9:47: routes\[1\]\.validate\.operation: no operation is named "gett"; did you mean "get"\?$/,
  );
  const settings = routes[1]?.validate;
  assert.ok(settings);
  const error = new DescriptionError('operation', '', 'is wrong');
  await assert.rejects(withPlace(settings, Promise.reject(error)), /f\.yaml:9:47: .*is wrong/);
});
