/** The parts of which `random-schema.fixture.ts` builds a federation, and how they are written as SDL. */

export const SCALARS = ['String', 'String', 'Int', 'Float', 'Boolean', 'ID', 'Color', 'JSON'] as const;

/** A field's type: what it is made of, how deep in lists, and at which levels it may be null (outermost first). */
export interface FieldType {
  readonly named: string;
  readonly lists: number;
  readonly nonNull: readonly boolean[];
}

export interface FieldModel {
  readonly type: FieldType;
  readonly args: string;
  /** Directives, as written. */
  readonly directives: string[];
}

/** A type as one subgraph declares it. */
export class Declared {
  readonly kind: 'type' | 'interface';
  readonly name: string;
  readonly directives: string[] = [];
  readonly interfaces = new Set<string>();
  readonly fields = new Map<string, FieldModel>();

  constructor(kind: 'type' | 'interface', name: string) {
    this.kind = kind;
    this.name = name;
  }

  print(): string {
    const implemented = this.interfaces.size > 0 ? ` implements ${[...this.interfaces].join(' & ')}` : '';
    const directives = this.directives.map((directive) => ` ${directive}`).join('');
    const fields = [...this.fields].map(
      ([name, { type, args, directives: own }]) =>
        `  ${name}${args}: ${printType(type)}${own.map((one) => ` ${one}`).join('')}`,
    );
    return `${this.kind} ${this.name}${implemented}${directives} {\n${fields.join('\n')}\n}`;
  }
}

export class SubgraphModel {
  readonly name: string;
  readonly types = new Map<string, Declared>();
  readonly unions = new Map<string, readonly string[]>();
  /** Types that must not be declared here: an interface object stands for them. */
  readonly forbidden = new Set<string>();
  /** Interface objects, and what they stand for. */
  readonly interfaceObjects = new Map<string, readonly string[]>();

  constructor(name: string) {
    this.name = name;
  }

  /** The declaration of a type; made where there is none. */
  type(name: string, kind: 'type' | 'interface' = 'type'): Declared {
    let declared = this.types.get(name);
    if (!declared) {
      declared = new Declared(kind, name);
      this.types.set(name, declared);
    }
    return declared;
  }

  /** The object types that may stand where `name` is declared here. */
  possible(name: string): string[] {
    const listed = this.unions.get(name) ?? this.interfaceObjects.get(name);
    if (listed) return [...listed];
    const declared = this.types.get(name);
    if (declared?.kind !== 'interface') return [name];
    return [...this.types.values()].flatMap((type) => (type.interfaces.has(name) ? [type.name] : []));
  }

  print(): string {
    const parts = [...this.types.values()]
      .filter(({ fields }) => fields.size > 0)
      .map((type) => type.print());
    for (const [name, members] of this.unions) parts.push(`union ${name} = ${members.join(' | ')}`);
    const text = parts.join('\n');
    const input = /\bWhere\b/.test(text);
    if (input) parts.push(INPUT);
    if (input || /\bColor\b/.test(text)) parts.push(COLOR);
    if (/\bJSON\b/.test(text)) parts.push('scalar JSON');
    return parts.join('\n');
  }
}

const INPUT = 'input Where { color: Color = GREEN text: String = "t" nums: [Int!] }';
const COLOR = 'enum Color { RED GREEN BLUE HIDDEN @inaccessible }';

export function printType({ named, lists, nonNull }: FieldType): string {
  let text = named;
  for (let level = lists; level >= 0; level--) {
    if (level < lists) text = `[${text}]`;
    if (nonNull[level]) text += '!';
  }
  return text;
}

/** What the table of data must know of a field. */
export interface FieldFacts {
  readonly type: FieldType;
  /** The object types that all who resolve it may return. Empty for scalars. */
  possible: readonly string[];
  /** Others depend on it: it never fails where it may not be null. */
  solid: boolean;
  /** Those who resolve it. */
  owners: string[];
}
