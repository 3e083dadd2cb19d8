/**
 * Writes an answer's data as text straight from the merged data, by code generated for the operation's shape.
 * It knows only the good case: at the first thing out of the ordinary (a null that may not be, a value of
 * another type, an unexpected `__typename`) it gives up, and `project.ts` does it again by the book.
 */
import { generate, literal, readKey } from '../execute/codegen.ts';
import { type DataObject, getOwn } from '../execute/data.ts';
import type { FieldShape, LeafShape, SelectionShape, ValueShape } from './shape.ts';
import { quote } from './text.ts';

/** The text of `data`, or `undefined` where it must be projected by the book. */
export type WriteText = (data: DataObject, plain: boolean) => string | undefined;

const NOTHING: ReadonlySet<string> = new Set();
const GIVE_UP: unique symbol = Symbol('not by this path');

export function compileText(root: SelectionShape, shared: ReadonlySet<string> = NOTHING): WriteText {
  const writer = new Writer(shared);
  const entry = writer.selection(root);
  const memos = [...writer.memos];
  const source = `let q${memos.map((name) => `,${name}`).join('')};${writer.functions.join('\n')}
return (data,plain)=>{q=plain;${memos.map((name) => `${name}=new Map();`).join('')}
try{return ${entry}(data);}finally{${memos.map((name) => `${name}=undefined;`).join('')}}};`;
  const write = generate(source, {
    quote,
    own: getOwn,
    enums: writer.enums,
    isArray: Array.isArray,
    GIVE_UP,
    stringify: JSON.stringify,
  });
  if (typeof write !== 'function') throw new TypeError('generated code is not a function');
  return (data, plain) => {
    try {
      return write(data, plain);
    } catch (thrown) {
      if (thrown === GIVE_UP) return undefined;
      throw thrown;
    }
  };
}

class Writer {
  readonly functions: string[] = [];
  /** Names of what remembers texts of lists while an answer is written. */
  readonly memos = new Set<string>();
  readonly #shared: ReadonlySet<string>;
  /** For each enum: value → its JSON text. */
  readonly enums: Map<unknown, string>[] = [];
  readonly #selections = new Map<SelectionShape, string>();
  readonly #lists = new Map<ValueShape, string>();
  readonly #enumIds = new Map<string, number>();

  constructor(shared: ReadonlySet<string>) {
    this.#shared = shared;
  }

  /** The name of the function that writes an object under this selection. */
  selection(shape: SelectionShape): string {
    const known = this.#selections.get(shape);
    if (known) return known;
    const name = `s${this.#selections.size}`;
    this.#selections.set(shape, name);
    const open = `function ${name}(o){if(typeof o!=="object"||isArray(o))throw GIVE_UP;const n=o.__typename;`;
    this.functions.push(open + (shape.abstract ? this.#abstractBody(shape) : this.#concreteBody(shape)));
    return name;
  }

  #concreteBody(shape: SelectionShape): string {
    const type = literal(shape.typeName);
    const fields = shape.byType.get(shape.typeName) ?? [];
    return `if(n!==undefined&&n!==${type})throw GIVE_UP;${this.#fields(fields, shape.typeName)}}`;
  }

  #abstractBody(shape: SelectionShape): string {
    let body = 'switch(n){';
    // Types that select the same fields share one case.
    for (const [type, fields] of shape.byType) {
      body += `case ${literal(type)}:{${this.#fields(fields, type)}}`;
    }
    const untyped = shape.anyType.some((field) => field.isTypename)
      ? 'throw GIVE_UP;'
      : this.#fields(shape.anyType, shape.typeName);
    return `${body}case undefined:case ${literal(shape.typeName)}:{${untyped}}default:throw GIVE_UP;}}`;
  }

  /** Statements that return the text of these fields of `o`. What is constant between two values is one literal. */
  #fields(fields: readonly FieldShape[], type: string): string {
    let body = 'let t="",v;';
    let constant = '{';
    fields.forEach((field, index) => {
      constant += `${index > 0 ? ',' : ''}${JSON.stringify(field.key)}:`;
      if (field.isTypename) {
        constant += JSON.stringify(type);
        return;
      }
      body += `t+=${literal(constant)};v=${readKey('o', field.source)};${this.#value(field.value, this.#shared.has(field.source))}`;
      constant = '';
    });
    return `${body}return t+${literal(`${constant}}`)};`;
  }

  /** A statement that adds the text of `v` to `t`. */
  #value(shape: ValueShape, shared = false): string {
    const whenNull = shape.nonNull ? 'throw GIVE_UP' : 't+="null"';
    switch (shape.kind) {
      case 'object':
        return `if(v==null)${whenNull};else t+=${this.selection(shape.selection)}(v);`;
      case 'list':
        return `if(v==null)${whenNull};else t+=${shared ? this.#remembered(shape) : this.#list(shape)}(v);`;
      case 'denied':
        return 'throw GIVE_UP;';
      case 'raw':
        return 't+=v===undefined?"null":stringify(v);';
      default:
        return this.#leaf(shape, whenNull);
    }
  }

  #leaf(shape: LeafShape, whenNull: string): string {
    const orNull = `else if(v==null)${whenNull};else throw GIVE_UP;`;
    switch (shape.leaf) {
      case 'string':
      case 'id':
        return `if(typeof v==="string")t+=q?'"'+v+'"':quote(v);${orNull}`;
      case 'int':
        return `if(typeof v==="number"&&(v|0)===v)t+=v;${orNull}`;
      case 'float':
        return `if(typeof v==="number")t+=v;${orNull}`;
      case 'boolean':
        return `if(v===true)t+="true";else if(v===false)t+="false";${orNull}`;
      case 'enum':
        return `{const e=enums[${this.#enum(shape)}].get(v);if(e!==undefined)t+=e;${orNull}}`;
      case 'custom':
        return `if(v==null)${whenNull};else t+=stringify(v);`;
    }
  }

  #enum(shape: LeafShape): number {
    let id = this.#enumIds.get(shape.typeName);
    if (id === undefined) {
      id = this.enums.length;
      this.#enumIds.set(shape.typeName, id);
      this.enums.push(new Map([...(shape.values ?? [])].map((value) => [value, JSON.stringify(value)])));
    }
    return id;
  }

  /** As `#list`, for a list that many places may share: its text is made once an answer. */
  #remembered(shape: Extract<ValueShape, { kind: 'list' }>): string {
    const list = this.#list(shape);
    const memo = `m${list}`;
    if (!this.memos.has(memo)) {
      this.memos.add(memo);
      this.functions.push(
        `function r${list}(a){let t=${memo}.get(a);if(t===undefined){t=${list}(a);${memo}.set(a,t);}return t;}`,
      );
    }
    return `r${list}`;
  }

  #list(shape: Extract<ValueShape, { kind: 'list' }>): string {
    const known = this.#lists.get(shape);
    if (known) return known;
    const name = `l${this.#lists.size}`;
    this.#lists.set(shape, name);
    const item = this.#value(shape.item);
    this.functions.push(
      `function ${name}(a){if(!isArray(a))throw GIVE_UP;let t="[",v;const n=a.length;` +
        `for(let i=0;i<n;i++){if(i>0)t+=",";v=a[i];${item}}return t+"]";}`,
    );
    return name;
  }
}
