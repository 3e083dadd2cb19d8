/**
 * Bounds on the values that a request brings, in its document and in its variables: how deep they nest, and how many
 * items one list holds. Checked before variables are coerced, whose work they bound.
 */
import { type DocumentNode, Kind, type ValueNode, visit } from 'graphql';
import type { DataObject } from '../execute/data.ts';
import { refusal } from './limits.ts';

export interface ValueLimits {
  /** Lists and objects, one in another. */
  readonly valueDepth: number;
  /** Items of one list. */
  readonly listItems: number;
}

/** Refuses literals beyond the limits: `FrontdeskError('invalid_query')`, its reason public. */
export function checkLiterals(document: DocumentNode, limits: ValueLimits): void {
  visit(document, {
    Argument({ value }) {
      checkLiteral(value, limits, 0);
      return false;
    },
    VariableDefinition({ defaultValue }) {
      if (defaultValue) checkLiteral(defaultValue, limits, 0);
      return false;
    },
  });
}

function checkLiteral(value: ValueNode, limits: ValueLimits, depth: number): void {
  if (value.kind === Kind.LIST) {
    checkItems(value.values.length, limits);
    checkDepth(depth + 1, limits);
    for (const item of value.values) checkLiteral(item, limits, depth + 1);
  } else if (value.kind === Kind.OBJECT) {
    checkDepth(depth + 1, limits);
    for (const field of value.fields) checkLiteral(field.value, limits, depth + 1);
  }
}

/**
 * Refuses variables beyond the limits: `FrontdeskError('invalid_query')`, its reason public. Says whether there is an
 * integer among them that lost digits when it was read.
 */
export function checkVariables(variables: DataObject, limits: ValueLimits): boolean {
  let inexact = false;
  for (const name of Object.keys(variables)) {
    if (checkValue(variables[name], limits, 0)) inexact = true;
  }
  return inexact;
}

function checkValue(value: unknown, limits: ValueLimits, depth: number): boolean {
  if (typeof value === 'number') return isInexact(value);
  if (typeof value !== 'object' || value === null) return false;
  checkDepth(depth + 1, limits);
  const items = Array.isArray(value) ? value : Object.values(value);
  if (Array.isArray(value)) checkItems(value.length, limits);
  let inexact = false;
  for (const item of items) if (checkValue(item, limits, depth + 1)) inexact = true;
  return inexact;
}

/** An integer of which JSON text may have said another digit (RFC 8259 §6). */
export function isInexact(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

function checkDepth(depth: number, { valueDepth }: ValueLimits): void {
  if (depth > valueDepth) throw refusal(`A value is nested deeper than ${valueDepth} levels.`);
}

function checkItems(count: number, { listItems }: ValueLimits): void {
  if (count > listItems) throw refusal(`A list holds more than ${listItems} items.`);
}
