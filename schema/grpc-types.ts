/**
 * TypeScript types of a gRPC service for the BFFs that call it: each message as ProtoJSON makes it, as it is answered
 * (fields that hold their default are there) and as it is asked (every field may be left out).
 */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

const HEADER = `// Generated from dispatch.proto by generate.ts. Do not edit: npm run generate -w schema
/* biome-ignore-all format: the generator's own layout */
`;

export const dispatchTypesPath = new URL('./dispatch.d.ts', import.meta.url);

/** What JSON has in a form of its own. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  '.google.protobuf.Timestamp': 'string',
  '.google.protobuf.Duration': 'string',
  '.google.protobuf.FieldMask': 'string',
  '.google.protobuf.Empty': 'Readonly<Record<string, never>>',
};

const NUMBERS = new Set(['double', 'float', 'int32', 'uint32', 'sint32', 'fixed32', 'sfixed32']);

/** The types of the dispatch service. */
export function dispatchTypes(): string {
  const root = new protobuf.Root();
  for (const name of ['duration', 'empty', 'timestamp']) {
    root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)?.nested ?? {});
  }
  protobuf.parse(readFileSync(new URL('./dispatch.proto', import.meta.url), 'utf8'), root, {
    keepCase: false,
  });
  root.resolveAll();
  const own = root.lookup('frontdesk.dispatch.v1');
  if (!(own instanceof protobuf.Namespace)) throw new TypeError('dispatch.proto has another package');
  const parts = own.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Service) return [serviceType(nested)];
    if (nested instanceof protobuf.Enum) return [enumType(nested)];
    return nested instanceof protobuf.Type ? [messageType(nested, false), messageType(nested, true)] : [];
  });
  return `${HEADER}\n${parts.join('\n')}`;
}

function serviceType({ name, methodsArray }: protobuf.Service): string {
  const methods = methodsArray
    .filter(({ requestStream }) => requestStream !== true)
    .map(({ name: method, resolvedRequestType, resolvedResponseType, responseStream }) => {
      const key = method.charAt(0).toLowerCase() + method.slice(1);
      const request = `${resolvedRequestType?.name}Input`;
      const response = WELL_KNOWN[resolvedResponseType?.fullName ?? ''] ?? resolvedResponseType?.name;
      const streams = responseStream === true;
      return `  readonly ${key}: { readonly request: ${request}; readonly response: ${response}; readonly streams: ${streams} };\n`;
    });
  return `export interface ${name} {\n${methods.join('')}}\n`;
}

function enumType({ name, values }: protobuf.Enum): string {
  const names = Object.keys(values).map((value) => `'${value}'`);
  return `/** A number where the service knows more names than this file. */\nexport type ${name} = ${names.join(' | ')} | number;\n`;
}

function messageType({ name, fieldsArray }: protobuf.Type, isInput: boolean): string {
  const fields = fieldsArray.map((field) => {
    const isOptional = isInput || field.options?.proto3_optional === true || isMessage(field);
    return `  readonly ${field.name}${isOptional ? '?' : ''}: ${fieldType(field, isInput)};\n`;
  });
  return `export interface ${name}${isInput ? 'Input' : ''} {\n${fields.join('')}}\n`;
}

function isMessage({ resolvedType, repeated }: protobuf.Field): boolean {
  return resolvedType instanceof protobuf.Type && !repeated;
}

function fieldType(field: protobuf.Field, isInput: boolean): string {
  const value = valueType(field, isInput);
  return field.repeated ? `readonly ${value.includes(' ') ? `(${value})` : value}[]` : value;
}

function valueType({ type, resolvedType }: protobuf.Field, isInput: boolean): string {
  if (resolvedType instanceof protobuf.Enum) return resolvedType.name;
  if (resolvedType)
    return WELL_KNOWN[resolvedType.fullName] ?? `${resolvedType.name}${isInput ? 'Input' : ''}`;
  if (NUMBERS.has(type)) return 'number';
  if (type === 'bool') return 'boolean';
  if (type === 'string' || type === 'bytes') return 'string';
  return isInput ? 'string | number' : 'string';
}
