/** Schemas for tests, written to a folder of their own that goes with the test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProtoSchema, type ProtoSchema } from '../schema.ts';

/** Loads the first of these files; the others are there to be imported. */
export async function schemaOf(files: Readonly<Record<string, string>> | string): Promise<ProtoSchema> {
  const texts = typeof files === 'string' ? { 'test.proto': files } : files;
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-proto-'));
  try {
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
    return await loadProtoSchema([join(folder, Object.keys(texts)[0] ?? '')]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A message of every kind of field that proto3 has. */
export const EVERYTHING = `syntax = "proto3";
package t;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Colour { option allow_alias = true; NONE = 0; RED = 1; ROUGE = 1; BLUE = -2; }
message All {
  double d = 1; float f = 2; int32 i32 = 3; uint32 u32 = 4; sint32 s32 = 5; fixed32 f32 = 6; sfixed32 sf32 = 7;
  int64 i64 = 8; uint64 u64 = 9; sint64 s64 = 10; fixed64 f64 = 11; sfixed64 sf64 = 12;
  bool b = 13; string text = 14; bytes raw = 15; Colour colour = 16; All child = 17;
  repeated int32 numbers = 18; repeated int64 unpacked = 19 [packed = false]; repeated string words = 20;
  repeated All children = 21; repeated Colour colours = 22;
  map<string, int32> by_text = 23; map<int64, All> by_number = 24; map<bool, string> by_flag = 25;
  optional int32 maybe = 26; string under_score_name = 27; string other = 28 [json_name = "@custom"];
  oneof choice { string left = 29; int32 right = 30; google.protobuf.NullValue nothing = 31; }
  google.protobuf.Timestamp at = 40; google.protobuf.Duration lasts = 41; google.protobuf.FieldMask mask = 42;
  google.protobuf.Struct struct = 43; google.protobuf.Value value = 44; google.protobuf.ListValue list = 45;
  google.protobuf.Any any = 46; google.protobuf.Empty empty = 47;
  google.protobuf.Int64Value wrapped_long = 48; google.protobuf.StringValue wrapped_text = 49;
  google.protobuf.BoolValue wrapped_flag = 50; google.protobuf.BytesValue wrapped_raw = 51;
  google.protobuf.DoubleValue wrapped_double = 52; repeated google.protobuf.Value values = 53;
  repeated google.protobuf.Timestamp times = 54;
}
`;

/** A folder for schemas that goes when the test ends. */
export async function schemaFolder(t: { after(work: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-proto-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}
