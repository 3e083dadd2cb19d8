/**
 * The answers to a document's `@skip` and `@include` conditions as the key under which what was compiled for them is
 * kept: one character for each variable, in their order.
 */
import { type DataObject, getOwn, setOwn } from '../execute/data.ts';

export function conditionKey(conditions: readonly string[], variables: DataObject): string {
  let key = '';
  for (const name of conditions) key += getOwn(variables, name) === true ? '1' : '0';
  return key;
}

/** Variables that give this key (which may go on after the conditions). */
export function conditionsOf(conditions: readonly string[], key: string): DataObject {
  const variables: DataObject = {};
  for (const [index, name] of conditions.entries()) setOwn(variables, name, key[index] === '1');
  return variables;
}
