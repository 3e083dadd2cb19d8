/**
 * What is wrong with a request, as its sender may read it: where (a parameter, or a JSON pointer into the body), and what
 * was expected. Values are never repeated: they may be secret, and whoever sent them has them.
 */
import type { ErrorObject } from 'ajv';
import { escapeToken } from './pointer.ts';
import { FORBIDDEN } from './schema-bundle.ts';

export type In = 'path' | 'query' | 'header' | 'cookie' | 'body';

export interface Where {
  readonly in: In;
  /** The name of a parameter. */
  readonly parameter?: string;
}

export interface Fault extends Where {
  /** A JSON pointer (RFC 6901) into the body or the parameter's value; empty for the whole. */
  readonly pointer: string;
  readonly detail: string;
}

/** Faults that one answer lists. */
export const MAX_FAULTS = 20;
const MAX_POINTER_LENGTH = 200;
const MAX_SHOWN_LENGTH = 200;

/** Of one value, none twice. */
export function faultsOf(errors: readonly ErrorObject[], value: unknown, where: Where): Fault[] {
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    // It only says that `then` or `else` did not hold, which tell for themselves.
    if (error.keyword === 'if') continue;
    const fault = { ...where, pointer: pointerOf(error), detail: detailOf(error, value) };
    faults.set(`${fault.pointer} ${fault.detail}`, fault);
    if (faults.size === MAX_FAULTS) break;
  }
  return [...faults.values()];
}

function pointerOf({ keyword, params, instancePath }: ErrorObject): string {
  const member: unknown =
    keyword === 'required' || keyword === 'dependentRequired'
      ? params.missingProperty
      : keyword === 'additionalProperties'
        ? params.additionalProperty
        : keyword === 'unevaluatedProperties'
          ? params.unevaluatedProperty
          : undefined;
  const pointer = typeof member === 'string' ? `${instancePath}/${escapeToken(member)}` : instancePath;
  return pointer.length > MAX_POINTER_LENGTH ? `${pointer.slice(0, MAX_POINTER_LENGTH)}…` : pointer;
}

function detailOf(error: ErrorObject, value: unknown): string {
  const { keyword, params } = error;
  switch (keyword) {
    case 'type':
      return `expected ${listed(params.type)}, found ${typeName(found(value, error.instancePath))}`;
    case 'required':
    case 'dependentRequired':
      return 'is required';
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'is not known here';
    case 'enum':
      return shown(`expected one of ${listed(params.allowedValues)}`);
    case 'const':
      return shown(`expected ${JSON.stringify(params.allowedValue)}`);
    case 'format':
      return `expected the format ${String(params.format)}`;
    case 'pattern':
      return shown(`expected a text that matches ${String(params.pattern)}`);
    case 'uniqueItems':
      return 'expected items that differ';
    case 'anyOf':
      return 'fits none of the alternatives';
    case 'oneOf':
      return params.passingSchemas === null
        ? 'fits none of the alternatives'
        : 'fits more than one of the alternatives';
    case 'not':
      return 'is of a kind that is excluded';
    case 'false schema':
      return 'must not be here';
    case FORBIDDEN.readOnly:
      return 'is read-only';
    case FORBIDDEN.writeOnly:
      return 'is write-only';
    default:
      return shown(
        error.message === undefined ? 'is not valid' : error.message.replace(/^must /, 'expected to '),
      );
  }
}

function shown(text: string): string {
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
}

function listed(values: unknown): string {
  if (!Array.isArray(values)) return String(values);
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(', ');
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'undefined' ? 'nothing' : typeof value;
}

/** The value under a pointer of ajv's, whose keys are there. */
function found(root: unknown, pointer: string): unknown {
  let value = root;
  for (const token of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, token.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return value;
}
