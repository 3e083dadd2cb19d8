/**
 * Reads `.proto` files into plans. protobufjs parses and resolves names; of what it offers nothing else is used: its
 * JSON mapping is not the standard's, and its codecs are code made from the schema (decision 0014).
 *
 * Sources are files of the configuration, never of a client.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import protobuf from 'protobufjs';
import { BUILTIN_PROTOS } from './builtin-protos.ts';
import type {
  EnumPlan,
  FieldPlan,
  MessagePlan,
  MethodPlan,
  ScalarType,
  ServicePlan,
  ValuePlan,
} from './plan.ts';
import { ProtoSchemaError } from './schema-error.ts';
import { methodPlace, parseFault, resolveFault } from './schema-place.ts';

export interface ProtoSchema {
  /** By full name; `undefined` where there is none. */
  message(fullName: string): MessagePlan | undefined;
  /** Of the files that were named, not of their imports. */
  messageNames(): readonly string[];
  /** Of the files that were named, not of their imports; in their order. */
  readonly services: readonly ServicePlan[];
}

/** Always known: error details are packed into `Any` by whoever likes. */
const ALWAYS = ['google/rpc/status.proto', 'google/rpc/error_details.proto', 'google/api/httpbody.proto'];

/**
 * Reads the files and what they import: from beside the file that imports, from `importPaths`, or from the folders of
 * the named files; `google/protobuf`, `google/api` and `google/rpc` are built in. Rejects with `ProtoSchemaError`.
 */
export async function loadProtoSchema(
  files: readonly string[],
  importPaths: readonly string[] = [],
): Promise<ProtoSchema> {
  const loader = new Loader([...importPaths, ...files.map((file) => dirname(resolve(file)))]);
  for (const name of ALWAYS) await loader.import(name, '');
  const named = new Set<string>();
  for (const file of files) named.add(await loader.file(resolve(file)));
  return loader.schema(named);
}

class Loader {
  readonly #root = new protobuf.Root();
  readonly #folders: readonly string[];
  readonly #known = new Set<string>();
  /** Services by the file that states them. */
  readonly #services = new Map<string, string[]>();
  /** The messages of the files, and their texts, by file. */
  readonly #messages = new Map<string, string[]>();
  readonly #texts = new Map<string, string>();

  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** Gives the file's path back. */
  async file(path: string): Promise<string> {
    if (this.#known.has(path)) return path;
    this.#known.add(path);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch {
      throw new ProtoSchemaError(`${path} cannot be read`);
    }
    await this.#add(text, path, dirname(path));
    return path;
  }

  /** Whether there is such a file. */
  async import(name: string, folder: string): Promise<boolean> {
    const text = BUILTIN_PROTOS.get(name);
    const common = name.startsWith('google/protobuf/') ? protobuf.common.get(name) : null;
    if (text !== undefined || common || name === 'google/protobuf/descriptor.proto') {
      if (this.#known.has(name)) return true;
      this.#known.add(name);
      if (text) await this.#add(text, name, '');
      else if (common?.nested) this.#root.addJSON(common.nested);
      return true;
    }
    for (const candidate of [folder, ...this.#folders].map((base) => resolve(base, name))) {
      if (this.#known.has(candidate) || (await isReadable(candidate))) {
        await this.file(candidate);
        return true;
      }
    }
    return false;
  }

  async #add(text: string, path: string, folder: string): Promise<void> {
    const before = new Set(servicesIn(this.#root));
    const messagesBefore = new Set(messagesIn(this.#root));
    this.#texts.set(path, text);
    let parsed: protobuf.IParserResult;
    try {
      parsed = protobuf.parse(text, this.#root, { keepCase: true });
    } catch (error) {
      throw new ProtoSchemaError(parseFault(path, text, error));
    }
    this.#messages.set(
      path,
      messagesIn(this.#root).filter((name) => !messagesBefore.has(name)),
    );
    this.#services.set(
      path,
      servicesIn(this.#root).filter((name) => !before.has(name)),
    );
    for (const name of [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])]) {
      if (!(await this.import(name, folder))) {
        const why = 'is neither beside the file that asks for it nor in importPaths';
        throw new ProtoSchemaError(
          resolveFault(new Map([[path, text]]), new Error(`the import '${name}' ${why}`)),
        );
      }
    }
  }

  schema(named: ReadonlySet<string>): ProtoSchema {
    try {
      this.#root.resolveAll();
    } catch (error) {
      throw new ProtoSchemaError(resolveFault(this.#texts, error));
    }
    const plans = new Plans();
    // Clients name types too (`Any`): protobufjs would remember each name that it was ever asked for, found or not.
    const types = new Map(typesIn(this.#root).map((type) => [type.fullName.slice(1), type]));
    const services = [...named].flatMap((file) =>
      (this.#services.get(file) ?? []).map((name) =>
        plans.service(this.#root.lookupService(name), (method) =>
          methodPlace(file, this.#texts.get(file) ?? '', name, method),
        ),
      ),
    );
    return {
      services,
      messageNames: () => [...named].flatMap((file) => this.#messages.get(file) ?? []),
      message: (fullName) => {
        const found = types.get(fullName);
        return found && plans.message(found);
      },
    };
  }
}

async function isReadable(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

function servicesIn(namespace: protobuf.NamespaceBase): string[] {
  return namespace.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Service) return [nested.fullName.slice(1)];
    return nested instanceof protobuf.Namespace ? servicesIn(nested) : [];
  });
}

function typesIn(namespace: protobuf.NamespaceBase): protobuf.Type[] {
  return namespace.nestedArray.flatMap((nested) => {
    const within = nested instanceof protobuf.Namespace ? typesIn(nested) : [];
    return nested instanceof protobuf.Type ? [nested, ...within] : within;
  });
}

function messagesIn(namespace: protobuf.NamespaceBase): string[] {
  return namespace.nestedArray.flatMap((nested) => {
    const own = nested instanceof protobuf.Type ? [nested.fullName.slice(1)] : [];
    return nested instanceof protobuf.Namespace ? [...own, ...messagesIn(nested)] : own;
  });
}

/** Each type's plan, made once; types may hold themselves. */
class Plans {
  readonly #messages = new Map<protobuf.Type, MessagePlan>();
  readonly #enums = new Map<protobuf.Enum, EnumPlan>();

  service(service: protobuf.Service, place: (method: string) => string): ServicePlan {
    const fullName = service.fullName.slice(1);
    const methods = service.methodsArray.map((method) => this.#method(method, fullName, place(method.name)));
    return { fullName, methods };
  }

  message(type: protobuf.Type): MessagePlan {
    const known = this.#messages.get(type);
    if (known) return known;
    const fields: FieldPlan[] = [];
    const byName = new Map<string, FieldPlan>();
    const byNumber = new Map<number, FieldPlan>();
    const plan = { fullName: type.fullName.slice(1), fields, byName, byNumber };
    this.#messages.set(type, plan);
    for (const source of type.fieldsArray) {
      const field = this.#field(source);
      fields.push(field);
      byNumber.set(field.number, field);
      byName.set(field.name, field);
    }
    // A `json_name` may be another field's own name: then it is the one that JSON means.
    for (const field of fields) byName.set(field.jsonName, field);
    return plan;
  }

  #method(method: protobuf.Method, service: string, source: string): MethodPlan {
    const { name, resolvedRequestType, resolvedResponseType, requestStream, responseStream } = method;
    if (!resolvedRequestType || !resolvedResponseType)
      throw new ProtoSchemaError(`${service}.${name} has no types`);
    const options: Record<string, unknown> = Object.assign(
      {},
      ...(method.parsedOptions ? [method.parsedOptions].flat() : []),
    );
    return {
      name,
      path: `/${service}/${name}`,
      source,
      request: this.message(resolvedRequestType),
      response: this.message(resolvedResponseType),
      streamsRequests: requestStream === true,
      streamsResponses: responseStream === true,
      isIdempotent:
        options.idempotency_level === 'NO_SIDE_EFFECTS' || options.idempotency_level === 'IDEMPOTENT',
      http: options['(google.api.http)'],
    };
  }

  #field(field: protobuf.Field): FieldPlan {
    field.resolve();
    const { name, id: number, map, repeated, packed, required, options, partOf } = field;
    const value = this.#value(field);
    const isOptional = options?.proto3_optional === true;
    const isSingle = !map && !repeated;
    const jsonName: unknown = options?.json_name;
    return {
      name,
      jsonName: typeof jsonName === 'string' ? jsonName : camelCase(name),
      number,
      value,
      shape: map ? 'map' : repeated ? 'repeated' : 'single',
      key: field instanceof protobuf.MapField ? keyOf(field.keyType) : undefined,
      packed:
        repeated && packed && (value.kind === 'enum' || (value.kind === 'scalar' && isNumeric(value.scalar))),
      hasPresence: isSingle && (value.kind === 'message' || isOptional || Boolean(field.hasPresence)),
      required,
      oneof: partOf && !isOptional ? partOf.name : undefined,
    };
  }

  #value({ type, resolvedType, fullName }: protobuf.Field): ValuePlan {
    if (resolvedType instanceof protobuf.Enum) return { kind: 'enum', enum: this.#enum(resolvedType) };
    if (resolvedType instanceof protobuf.Type) {
      if ('group' in resolvedType && resolvedType.group === true)
        throw new ProtoSchemaError(`${fullName.slice(1)} is a group, which is not supported`);
      return { kind: 'message', message: this.message(resolvedType) };
    }
    if (isScalar(type)) return { kind: 'scalar', scalar: type };
    throw new ProtoSchemaError(`${fullName.slice(1)} has the type ${type}, which is unknown`);
  }

  #enum(source: protobuf.Enum): EnumPlan {
    const known = this.#enums.get(source);
    if (known) return known;
    const byName = new Map(Object.entries(source.values));
    const byNumber = new Map<number, string>();
    // Of aliases the first is the one that is written.
    for (const [name, number] of byName) if (!byNumber.has(number)) byNumber.set(number, name);
    const plan = { fullName: source.fullName.slice(1), byName, byNumber };
    this.#enums.set(source, plan);
    return plan;
  }
}

const NUMERIC: readonly ScalarType[] = [
  'double',
  'float',
  'int32',
  'uint32',
  'sint32',
  'fixed32',
  'sfixed32',
  'int64',
  'uint64',
  'sint64',
  'fixed64',
  'sfixed64',
  'bool',
];

function isNumeric(scalar: ScalarType): boolean {
  return scalar !== 'string' && scalar !== 'bytes';
}

function isScalar(type: string): type is ScalarType {
  return type === 'string' || type === 'bytes' || NUMERIC.some((one) => one === type);
}

function keyOf(type: string): ScalarType {
  return isScalar(type) ? type : 'string';
}

/** As the compiler does: an underscore goes, and what follows it is written large. */
function camelCase(name: string): string {
  let result = '';
  let isAfterUnderscore = false;
  for (const letter of name) {
    if (letter === '_') isAfterUnderscore = true;
    else {
      result += isAfterUnderscore ? letter.toUpperCase() : letter;
      isAfterUnderscore = false;
    }
  }
  return result;
}
