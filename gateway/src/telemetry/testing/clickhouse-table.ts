/**
 * Tables of ClickHouse as their `CREATE TABLE` says, and what an `INSERT … FORMAT JSONEachRow` into them takes: each value by the
 * type of its column, as strict as ClickHouse is with `input_format_null_as_default` (null at the top of a column alone).
 */
interface ColumnType {
  readonly name: string;
  readonly of: readonly ColumnType[];
  /** Of a tuple: the names of its members. */
  readonly members: readonly string[];
  readonly size: number;
}

export interface ClickhouseTable {
  readonly columns: ReadonlyMap<string, ColumnType>;
  readonly sortingKey: readonly string[];
}

export function readTables(sql: string): Map<string, ClickhouseTable> {
  const tables = new Map<string, ClickhouseTable>();
  for (const statement of sql.replaceAll(/--.*$/gm, '').split(';')) {
    const head = /^\s*CREATE TABLE IF NOT EXISTS (\w+)\s*\(/.exec(statement);
    if (!head) {
      if (statement.trim() !== '') throw new SyntaxError(`no table: ${statement}`);
      continue;
    }
    const end = closing(statement, head[0].length - 1);
    const columns = splitList(statement.slice(head[0].length, end)).map((text): [string, ColumnType] => {
      const [, name = '', type = ''] = /^(\w+)\s+([\s\S]+)$/.exec(text) ?? [];
      return [name, readType(type.replace(/\s+(?:DEFAULT|CODEC)[\s\S]*$/, ''))];
    });
    const rest = statement.slice(end + 1);
    const [, key = ''] = /ENGINE = ReplacingMergeTree[\s\S]*\nORDER BY \((.*)\)/.exec(rest) ?? [];
    const sortingKey = splitList(key).filter((part) => /^\w+$/.test(part));
    tables.set(head[1] ?? '', { columns: new Map(columns), sortingKey });
  }
  return tables;
}

/** What is wrong with a row; nothing where it fits. */
export function faultsOfRow(table: ClickhouseTable, row: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(row).flatMap(([name, value]) => {
    const type = table.columns.get(name);
    if (!type) return [`${name}: no such column`];
    return value === null || fits(type, value)
      ? []
      : [`${name}: ${JSON.stringify(value)} is no ${type.name}`];
  });
}

const WHOLE: Readonly<Record<string, number>> = {
  UInt8: 2 ** 8,
  UInt16: 2 ** 16,
  UInt32: 2 ** 32,
  UInt64: 2 ** 53,
};

function fits(type: ColumnType, value: unknown): boolean {
  const [first] = type.of;
  switch (type.name) {
    case 'Nullable':
    case 'LowCardinality':
      return (type.name === 'Nullable' && value === null) || (first !== undefined && fits(first, value));
    case 'Array':
      return Array.isArray(value) && first !== undefined && value.every((item) => fits(first, item));
    case 'Map':
      return isRecord(value) && Object.values(value).every((item) => isText(item));
    case 'Tuple':
      return isRecord(value) && tupleFits(type, value);
    case 'String':
      return typeof value === 'string';
    case 'FixedString':
      return typeof value === 'string' && Buffer.byteLength(value) <= type.size;
    case 'Bool':
      return typeof value === 'boolean';
    case 'Float64':
      return typeof value === 'number';
    case 'DateTime64':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value));
    default: {
      const most = WHOLE[type.name];
      if (most === undefined) throw new SyntaxError(`no type that is known: ${type.name}`);
      return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < most;
    }
  }
}

/** Values of maps from names to texts: numbers and truth values are read as texts. */
function isText(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** Members that are left out have their default; those that are not known would be left out without a word. */
function tupleFits(type: ColumnType, value: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(value).every(([name, item]) => {
    const member = type.of[type.members.indexOf(name)];
    return member !== undefined && fits(member, item);
  });
}

function readType(text: string): ColumnType {
  const [, name = '', inside] = /^(\w+)(?:\(([\s\S]*)\))?$/.exec(text.trim()) ?? [];
  const none = { name, of: [], members: [], size: 0 };
  if (inside === undefined || name === 'DateTime64') return none;
  if (name === 'FixedString') return { ...none, size: Number(inside) };
  const parts = splitList(inside);
  if (name !== 'Tuple') return { ...none, of: parts.map(readType) };
  const pairs = parts.map((part) => /^(\w+)\s+([\s\S]+)$/.exec(part)?.slice(1) ?? []);
  return { ...none, of: pairs.map(([, of = '']) => readType(of)), members: pairs.map(([key = '']) => key) };
}

/** At the commas that stand in no brackets. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '(') depth += 1;
    else if (text[i] === ')') depth -= 1;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(begin, i).trim());
      begin = i + 1;
    }
  }
  return [...parts, text.slice(begin).trim()];
}

function closing(text: string, opening: number): number {
  let depth = 0;
  for (let i = opening; i < text.length; i += 1) {
    if (text[i] === '(') depth += 1;
    else if (text[i] === ')') depth -= 1;
    if (depth === 0) return i;
  }
  throw new SyntaxError('a bracket is open');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
