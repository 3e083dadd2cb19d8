/**
 * A gRPC backend's .proto file as the types of its methods: each message as ProtoJSON makes it, as it is answered
 * (fields that hold their default are there) and as it is asked (every field may be left out).
 */
import { suggestion } from '../config/nearest.ts';
import type { EnumPlan, FieldPlan, MessagePlan, ServicePlan, ValuePlan } from '../protobuf/plan.ts';
import { loadProtoSchema } from '../protobuf/schema.ts';
import { ProtoSchemaError } from '../protobuf/schema-error.ts';
import type { UpstreamTypesConfig } from './config.ts';
import type { SourceName, UpstreamTypes } from './openapi-types.ts';
import { fileHead, listOf, Names, objectType, quoted, typeName, union } from './ts-text.ts';
import { TypesError } from './types-error.ts';

/** What JSON has in a form of its own. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  'google.protobuf.Timestamp': 'string',
  'google.protobuf.Duration': 'string',
  'google.protobuf.FieldMask': 'string',
  'google.protobuf.Empty': 'Readonly<Record<string, never>>',
  'google.protobuf.Struct': 'Readonly<Record<string, unknown>>',
  'google.protobuf.Value': 'unknown',
  'google.protobuf.ListValue': 'readonly unknown[]',
  'google.protobuf.Any': "{ readonly '@type': string }",
  'google.protobuf.DoubleValue': 'number | null',
  'google.protobuf.FloatValue': 'number | null',
  'google.protobuf.Int32Value': 'number | null',
  'google.protobuf.UInt32Value': 'number | null',
  'google.protobuf.Int64Value': 'string | null',
  'google.protobuf.UInt64Value': 'string | null',
  'google.protobuf.BoolValue': 'boolean | null',
  'google.protobuf.StringValue': 'string | null',
  'google.protobuf.BytesValue': 'string | null',
};

const NUMBERS: ReadonlySet<string> = new Set([
  'double',
  'float',
  'int32',
  'uint32',
  'sint32',
  'fixed32',
  'sfixed32',
]);

/** `proto`: the code that gives the file's address where the generated file runs. Rejects with a `TypesError`. */
export async function protoTypes(
  source: SourceName,
  config: UpstreamTypesConfig,
  proto: string,
): Promise<UpstreamTypes> {
  let services: readonly ServicePlan[];
  try {
    ({ services } = await loadProtoSchema([source.file]));
  } catch (error) {
    if (error instanceof ProtoSchemaError)
      throw new TypesError([`upstream ${source.upstream}: ${error.message}`]);
    throw error;
  }
  const service = serviceOf(services, source, config);
  return new ProtoTypes(source).make(service, proto);
}

function serviceOf(
  services: readonly ServicePlan[],
  { upstream, written }: SourceName,
  config: UpstreamTypesConfig,
): ServicePlan {
  const names = services.map(({ fullName }) => fullName);
  const { service: wanted } = config;
  const found = wanted === undefined ? services : services.filter(({ fullName }) => fullName === wanted);
  const [service, other] = found;
  if (service && !other) return service;
  const hint =
    wanted === undefined ? `say which with service: ${names.join(', ')}` : suggestion(wanted, names);
  const what =
    wanted === undefined ? (service ? 'several services' : 'no service') : `no service "${wanted}"`;
  throw new TypesError([`upstream ${upstream}: ${written} has ${what}; ${hint}`]);
}

class ProtoTypes {
  readonly #source: SourceName;
  readonly #names = new Names();
  /** By full name, `?` behind it for what is asked. */
  readonly #known = new Map<string, string>();
  readonly #declared: string[] = [];
  readonly #notes: string[] = [];

  constructor(source: SourceName) {
    this.#source = source;
  }

  make({ fullName, methods }: ServicePlan, proto: string): UpstreamTypes {
    const { value, written, upstream } = this.#source;
    const name = this.#names.take(shortName(fullName));
    const members = methods.flatMap(
      ({ name: method, request, response, streamsRequests, streamsResponses }) => {
        if (streamsRequests) {
          this.#notes.push(`upstream ${upstream}: ${method} is left out: it takes a stream of requests`);
          return [];
        }
        const type = `{ readonly request: ${this.#message(request, true)}; readonly response: ${this.#message(response, false)}; readonly streams: ${streamsResponses} }`;
        return [{ name: method.charAt(0).toLowerCase() + method.slice(1), type, optional: false }];
      },
    );
    const text = [
      fileHead(written),
      "import { grpc } from '@frontdesk/gateway/bff';\n",
      `export interface ${name} ${objectType(members)}\n`,
      ...this.#declared,
      `export const ${value} = grpc<${name}>({\n  service: ${quoted(fullName)},\n  proto: ${proto},\n});\n`,
    ];
    return { text: text.join('\n'), value, notes: this.#notes };
  }

  #message(message: MessagePlan, asked: boolean): string {
    const known = WELL_KNOWN[message.fullName];
    if (known !== undefined)
      return asked ? known.replace(/^string \| null$/, 'string | number | null') : known;
    const key = `${message.fullName}${asked ? '?' : ''}`;
    const before = this.#known.get(key);
    if (before !== undefined) return before;
    const name = this.#names.take(`${shortName(message.fullName)}${asked ? 'Input' : ''}`);
    this.#known.set(key, name);
    const at = this.#declared.length;
    const members = message.fields.map((field) => ({
      name: field.jsonName,
      type: this.#field(field, asked),
      optional: asked || isAbsentByDefault(field),
    }));
    const inner = this.#declared.splice(at);
    this.#declared.push(`export interface ${name} ${objectType(members)}\n`, ...inner);
    return name;
  }

  #field({ shape, value }: FieldPlan, asked: boolean): string {
    const type = this.#value(value, asked);
    if (shape === 'single') return type;
    return shape === 'map' ? `Readonly<Record<string, ${type}>>` : listOf(type);
  }

  #value(value: ValuePlan, asked: boolean): string {
    if (value.kind === 'message') return this.#message(value.message, asked);
    if (value.kind === 'enum') return this.#enum(value.enum);
    const { scalar } = value;
    if (NUMBERS.has(scalar)) return 'number';
    if (scalar === 'bool') return 'boolean';
    if (scalar === 'string' || scalar === 'bytes') return 'string';
    return asked ? 'string | number' : 'string';
  }

  #enum({ fullName, byName }: EnumPlan): string {
    if (fullName === 'google.protobuf.NullValue') return 'null';
    const before = this.#known.get(fullName);
    if (before !== undefined) return before;
    const name = this.#names.take(shortName(fullName));
    this.#known.set(fullName, name);
    const type = union([...[...byName.keys()].map(quoted), 'number']);
    this.#declared.push(
      `/** A number where the service knows more names than this file. */\nexport type ${name} = ${type};\n`,
    );
    return name;
  }
}

/** Fields without presence hold their default where they were not sent. */
function isAbsentByDefault({ hasPresence, required, shape }: FieldPlan): boolean {
  return shape === 'single' && hasPresence && !required;
}

function shortName(fullName: string): string {
  return typeName(fullName.slice(fullName.lastIndexOf('.') + 1));
}
