/**
 * Whether a subgraph's reply is, letter by letter, the answer that we would write: then its text is sent on as it
 * came. A function generated for the operation's shape walks the parsed data once: each object has exactly the keys
 * that were selected, in their order, each value is of its type, and the text is as long as the shortest JSON of that
 * data, so that it holds nothing that parsing lost (keys given twice, blanks, `1.0`).
 * Measured on a reply of 7.4 MB: 4 ms, where writing and encoding the text anew takes 62.
 */
import { generate, literal, readKey } from '../execute/codegen.ts';
import { type DataObject, getOwn } from '../execute/data.ts';
import type { FieldShape, LeafShape, SelectionShape, ValueShape } from './shape.ts';

/** The length of the JSON text of `data`, whose strings need no escapes; -1 where it is not what was selected. */
export type MeasureText = (data: DataObject) => number;

/** `undefined` for shapes whose answers are never a reply's own text. */
export function compileMeasure(root: SelectionShape): MeasureText | undefined {
  const measurer = new Measurer();
  const entry = measurer.selection(root);
  if (entry === undefined) return undefined;
  const source = `${measurer.functions.join('\n')}\nreturn ${entry};`;
  const scope = { own: getOwn, isArray: Array.isArray, enums: measurer.enums, digits };
  const measure = generate(source, scope);
  if (typeof measure !== 'function') throw new TypeError('generated code is not a function');
  return (data) => {
    const length: unknown = measure(data);
    return typeof length === 'number' && length >= 0 ? length : -1;
  };
}

/** How many characters a number takes in JSON. */
function digits(value: number): number {
  return value >= 0 && value < 10 && Number.isInteger(value) ? 1 : String(value).length;
}

/** Functions give NaN where the data is not what was selected: sums keep it. */
const NO = 'return NaN;';

class Measurer {
  readonly functions: string[] = [];
  readonly enums: ReadonlySet<unknown>[] = [];
  readonly #selections = new Map<SelectionShape, string>();
  #lists = 0;

  selection(shape: SelectionShape): string | undefined {
    const known = this.#selections.get(shape);
    if (known !== undefined) return known;
    // The type of an object of an abstract type stands in its `__typename`, which only some clients select.
    if (shape.abstract) return undefined;
    const name = `s${this.#selections.size}`;
    this.#selections.set(shape, name);
    const body = this.#object(shape, shape.byType.get(shape.typeName) ?? []);
    if (body === undefined) return undefined;
    this.functions.push(`function ${name}(o){if(typeof o!=="object"||isArray(o))${NO}${body}}`);
    return name;
  }

  #object(shape: SelectionShape, fields: readonly FieldShape[]): string | undefined {
    let order = 'let k=0;for(const n in o){switch(k++){';
    let values = '';
    // Braces, and a comma between each two members.
    let constant = 2 + Math.max(0, fields.length - 1);
    for (const [index, field] of fields.entries()) {
      if (field.key !== field.source) return undefined;
      order += `case ${index}:if(n!==${literal(field.key)})${NO}break;`;
      constant += JSON.stringify(field.key).length + 1;
      const value = field.isTypename ? typename(shape) : this.#value(field.value);
      if (value === undefined) return undefined;
      values += `v=${readKey('o', field.source)};${value}`;
    }
    return `${order}default:${NO}}}if(k!==${fields.length})${NO}let t=${constant},v;${values}return t;`;
  }

  /** A statement that adds the length of `v` to `t`. */
  #value(shape: ValueShape): string | undefined {
    const orNull = shape.nonNull ? NO : 'if(v!==null)return NaN;t+=4;';
    switch (shape.kind) {
      case 'object':
        return this.#composite(this.selection(shape.selection), orNull);
      case 'list':
        return this.#composite(this.#list(shape.item), orNull);
      case 'leaf':
        return this.#leaf(shape, orNull);
      default:
        return undefined;
    }
  }

  #composite(name: string | undefined, orNull: string): string | undefined {
    return name === undefined ? undefined : `if(v!=null)t+=${name}(v);else{${orNull}}`;
  }

  #leaf(shape: LeafShape, orNull: string): string | undefined {
    switch (shape.leaf) {
      case 'string':
      case 'id':
        return `if(typeof v==="string")t+=v.length+2;else{${orNull}}`;
      case 'int':
        return `if(typeof v==="number"&&(v|0)===v)t+=digits(v);else{${orNull}}`;
      case 'float':
        return `if(typeof v==="number")t+=digits(v);else{${orNull}}`;
      case 'boolean':
        return `if(v===true)t+=4;else if(v===false)t+=5;else{${orNull}}`;
      case 'enum':
        this.enums.push(shape.values ?? new Set());
        return `if(enums[${this.enums.length - 1}].has(v))t+=v.length+2;else{${orNull}}`;
      case 'custom':
        // Whatever stands below it would have to be written to be measured.
        return undefined;
    }
  }

  #list(item: ValueShape): string | undefined {
    const value = this.#value(item);
    if (value === undefined) return undefined;
    const name = `l${this.#lists}`;
    this.#lists += 1;
    this.functions.push(
      `function ${name}(a){if(!isArray(a))${NO}const n=a.length;let t=n>0?n+1:2,v;for(let i=0;i<n;i++){v=a[i];${value}}return t;}`,
    );
    return name;
  }
}

function typename(shape: SelectionShape): string {
  return `if(v!==${literal(shape.typeName)})${NO}t+=${JSON.stringify(shape.typeName).length};`;
}
