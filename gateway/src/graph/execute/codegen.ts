/**
 * The one place that turns text into code. Into generated code enter only what `literal` has encoded and
 * names that this room counts itself; never a client's or a subgraph's text as it came.
 */
import { inherited } from './data.ts';

/** A string as a JavaScript literal. JSON is one, but for two line separators (ECMA-262 since 2019 takes them, too). */
export function literal(text: string): string {
  return JSON.stringify(text);
}

/** Code that reads `key` of the object named `object`; needs `own` in scope. */
export function readKey(object: string, key: string): string {
  return inherited(key) ? `own(${object},${literal(key)})` : `${object}[${literal(key)}]`;
}

/**
 * Makes a function of source code that may use the names in `scope`. The source must be an expression or
 * statements that `return`.
 */
export function generate(source: string, scope: Readonly<Record<string, unknown>>): unknown {
  const names = Object.keys(scope);
  const make = new Function(...names, `"use strict";${source}`);
  return make(...names.map((name) => scope[name]));
}
