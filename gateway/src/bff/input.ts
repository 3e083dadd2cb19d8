/**
 * What a caller may say to an operation of a BFF: one schema for all faces. On the REST face members come from the
 * path, the query or a JSON body; on the GraphQL face they are the field's arguments. Text is read as the member's
 * type says, and what does not fit is `invalid_request` with a line for each fault (RFC 9457).
 */
import { z } from 'zod';
import { FrontdeskError } from '../core/errors.ts';

/** An object schema; members without a default must be given. Unknown members are faults. */
export type InputSchema = z.ZodObject;
/** What parts and steps see of it. */
export type InputOf<Schema> = Schema extends z.ZodType<infer Output> ? Output : Record<never, never>;

/** Most faults that are told at once. */
const MAX_FAULTS = 20;

/** How a member is written as text. */
export type TextForm = 'text' | 'number' | 'integer' | 'boolean' | 'json';

export interface InputMember {
  readonly name: string;
  readonly required: boolean;
  /** Whether it may come several times in a query: a list. */
  readonly list: boolean;
  readonly form: TextForm;
  /** Its JSON Schema (2020-12), for descriptions of the operation. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface InputFault {
  readonly detail: string;
  /** Where it is: a JSON Pointer (RFC 6901) into the input. */
  readonly pointer: string;
}

/** An input schema, read once. */
export class Input {
  readonly schema: InputSchema;
  readonly members: ReadonlyMap<string, InputMember>;

  /** Throws a `TypeError` for a schema whose members JSON Schema can't state. */
  constructor(schema: InputSchema) {
    this.schema = schema.strict();
    this.members = membersOf(this.schema);
  }

  /** One member from the texts that stand for it, as its type reads them. What does not fit stays text and fails in `parse`. */
  fromText(name: string, texts: readonly string[]): unknown {
    const member = this.members.get(name);
    if (!member) return texts.length === 1 ? texts[0] : texts;
    if (member.list) return texts.map((text) => readText(member.form, text));
    return texts.length === 1 ? readText(member.form, texts[0] ?? '') : texts;
  }

  /** The checked input. Throws `invalid_request`. */
  parse(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const result = this.schema.safeParse(values);
    if (result.success) return result.data;
    const errors = result.error.issues.slice(0, MAX_FAULTS).map(
      ({ message, path }): InputFault => ({
        detail: message,
        pointer: path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
      }),
    );
    throw new FrontdeskError('invalid_request', { members: { errors } });
  }
}

/** What an operation without input is given. */
export const NO_INPUT: Readonly<Record<string, unknown>> = Object.freeze({});

function membersOf(schema: InputSchema): ReadonlyMap<string, InputMember> {
  let stated: z.core.JSONSchema.BaseSchema;
  try {
    stated = z.toJSONSchema(schema, { io: 'input' });
  } catch (cause) {
    throw new TypeError(`the input can't be stated as JSON Schema: ${String(cause)}`, { cause });
  }
  const required = new Set(stated.required ?? []);
  const members = new Map<string, InputMember>();
  for (const [name, member] of Object.entries(stated.properties ?? {})) {
    const stated = typeof member === 'object' ? member : {};
    const own = withoutNull(stated);
    const list = own.type === 'array';
    const items = list && typeof own.items === 'object' && !Array.isArray(own.items) ? own.items : own;
    members.set(name, {
      name,
      required: required.has(name),
      list,
      form: formOf(items),
      schema: { ...stated },
    });
  }
  return members;
}

/** What a member is that may also be null: no text stands for that. */
function withoutNull(stated: z.core.JSONSchema.BaseSchema): z.core.JSONSchema.BaseSchema {
  const { type, anyOf } = stated;
  if (Array.isArray(type)) {
    const [only, ...more] = type.filter((one) => one !== 'null');
    return only !== undefined && more.length === 0 ? { ...stated, type: only } : stated;
  }
  const others = anyOf?.filter((one) => !(typeof one === 'object' && one.type === 'null')) ?? [];
  const [only] = others;
  return others.length === 1 && typeof only === 'object' ? only : stated;
}

function formOf({ type, enum: names, anyOf }: z.core.JSONSchema.BaseSchema): TextForm {
  if (type === 'string' || names?.every((name) => typeof name === 'string')) return 'text';
  if (type === 'number' || type === 'integer' || type === 'boolean') return type;
  if (anyOf?.every((one) => typeof one === 'object' && (one.type === 'null' || formOf(one) === 'text')))
    return 'text';
  return 'json';
}

function readText(form: TextForm, text: string): unknown {
  switch (form) {
    case 'text':
      return text;
    case 'number':
    case 'integer':
      return /^-?\d{1,16}(\.\d{1,16})?([eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'json':
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
  }
}
