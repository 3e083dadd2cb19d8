/** A real gRPC server (`@grpc/grpc-js`) for tests, and the way to it over the real outbound chain. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { rig } from '../../upstream/testing/harness.ts';

/** A service whose methods are bound in every way. */
export const SHOP = `syntax = "proto3";
package shop.v1;
import "google/api/annotations.proto";
import "google/api/httpbody.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
service Shop {
  rpc Get(GetRequest) returns (Item) { option (google.api.http) = { get: "/v1/{name=shelves/*/items/*}" additional_bindings { get: "/v1/items/{name}" } }; }
  rpc List(ListRequest) returns (Items) { option (google.api.http) = { get: "/v1/items" response_body: "items" }; }
  rpc Put(PutRequest) returns (Item) { option (google.api.http) = { put: "/v1/{item.name=items/*}" body: "item" }; }
  rpc Create(Item) returns (Item) { option (google.api.http) = { post: "/v1/shelves/{shelf}/items" body: "*" }; }
  rpc Cancel(GetRequest) returns (Item) { option (google.api.http) = { post: "/v1/{name=items/*}:cancel" body: "*" }; }
  rpc Picture(GetRequest) returns (google.api.HttpBody) { option (google.api.http) = { get: "/v1/pictures/{name}" }; }
  rpc Watch(GetRequest) returns (stream Item) { option (google.api.http) = { get: "/v1/watch/{name}" }; }
  rpc Sum(stream Item) returns (Item) { option (google.api.http) = { post: "/v1/sum/{shelf}" body: "*" }; }
  rpc Echo(stream Item) returns (stream Item) { option (google.api.http) = { post: "/v1/echo" body: "*" }; }
  rpc Unbound(GetRequest) returns (Item);
}
message GetRequest { string name = 1; }
enum Kind { KIND_UNSPECIFIED = 0; BOOK = 1; }
message Filter { int64 above = 1; repeated string tags = 2; google.protobuf.BoolValue sold = 3; }
message ListRequest { Filter filter = 1; repeated Kind kinds = 2; google.protobuf.Timestamp since = 3; bool all = 4; Item item = 5; }
message Items { repeated Item items = 1; }
message PutRequest { Item item = 1; string reason = 2; }
message Item { string name = 1; string shelf = 2; int64 price = 3; Kind kind = 4; }
`;

export interface Shop {
  readonly proto: string;
  readonly callUpstream: CallUpstream;
  readonly url: string;
}

/** Starts the service with these methods; it and its schema go when the test ends. */
export async function shop(
  t: TestContext,
  implementation: UntypedServiceImplementation,
  upstream: object = {},
): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-shop-'));
  const proto = join(folder, 'shop.proto');
  await writeFile(proto, SHOP);
  const apis = join(import.meta.dirname, '../../../../node_modules/protobufjs');
  const server = new Server();
  t.after(async () => {
    server.forceShutdown();
    await rm(folder, { recursive: true });
  });
  const text = SHOP.replace('import "google/api/httpbody.proto";', '').replaceAll(
    'google.api.HttpBody',
    'HttpBody',
  );
  const served = join(folder, 'served.proto');
  await writeFile(served, `${text}message HttpBody { string content_type = 1; bytes data = 2; }`);
  const loaded = loadSync(served, { longs: String, enums: String, includeDirs: [apis] });
  const service = loaded['shop.v1.Shop'];
  if (!service || 'format' in service) throw new TypeError('no service');
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const url = `http://127.0.0.1:${port}`;
  const upstreams = rig(t, { shop: { url, protocol: 'http2', ...upstream } });
  return { proto, url, callUpstream: upstreams.call };
}
