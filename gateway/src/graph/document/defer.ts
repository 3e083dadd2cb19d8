/**
 * What of an operation is put off by `@defer` (incremental delivery, in the form of its RFC that clients speak today):
 * each active one gets a name that planner, execution and answer know it by; once the plan says which of them are worth
 * a payload of their own, the operation is split into what is answered at once and what follows.
 */
import {
  type ConstDirectiveNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  visit,
} from 'graphql';
import { type DataObject, getOwn } from '../execute/data.ts';
import { type Fragments, sourceKey } from './document.ts';

/** Whether a document defers anything, whatever its variables say. */
export function hasDefer(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive({ name }) {
      found ||= name.value === 'defer';
    },
  });
  return found;
}

/** The variables that decide on `@defer(if:)`, in the order of their first use. */
export function deferVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      const condition = directive.name.value === 'defer' ? argument(directive, 'if') : undefined;
      if (condition?.kind === Kind.VARIABLE) names.add(condition.name.value);
    },
  });
  return [...names];
}

/** The answers of those variables as part of a key; one that is not given counts as true. */
export function deferKey(conditions: readonly string[], variables: DataObject): string {
  let key = '';
  for (const name of conditions) key += getOwn(variables, name) === false ? '0' : '1';
  return key;
}

/** Names the active `@defer`s of an operation while it is resolved. One fragment may be spread, and so deferred, often. */
export class DeferMarks {
  readonly #fragments: Fragments;
  readonly #variables: DataObject;
  readonly #max: number;
  readonly #labels: (string | undefined)[] = [];
  readonly #deferring = new Map<string, boolean>();

  /** What would be the `max` + 1st is not put off. */
  constructor(fragments: Fragments, variables: DataObject, max: number) {
    this.#fragments = fragments;
    this.#variables = variables;
    this.#max = max;
  }

  get count(): number {
    return this.#labels.length;
  }

  /** The client's label of a named `@defer`. */
  label(name: string): string | undefined {
    return this.#labels[Number(name.slice(1))];
  }

  /** The directives that stand in place of a fragment's own: a `@defer` with its name, or none. */
  mark(directives: readonly DirectiveNode[] | undefined): readonly ConstDirectiveNode[] {
    const defer = directives?.find(({ name }) => name.value === 'defer');
    if (!defer || !this.#isActive(defer) || this.#labels.length >= this.#max) return [];
    const label = argument(defer, 'label');
    this.#labels.push(label?.kind === Kind.STRING ? label.value : undefined);
    return [deferAs(`d${this.#labels.length - 1}`)];
  }

  /** Whether a named fragment holds a `@defer`, so that each spread of it is another. */
  isIn(fragment: string): boolean {
    const known = this.#deferring.get(fragment);
    if (known !== undefined) return known;
    let found = false;
    this.#deferring.set(fragment, false);
    const definition = this.#fragments.get(fragment);
    if (definition) {
      visit(definition, {
        Directive: (directive) => {
          found ||= directive.name.value === 'defer';
        },
        FragmentSpread: ({ name }) => {
          found ||= this.isIn(name.value);
        },
      });
    }
    this.#deferring.set(fragment, found);
    return found;
  }

  #isActive(defer: DirectiveNode): boolean {
    const condition = argument(defer, 'if');
    if (!condition) return true;
    if (condition.kind === Kind.BOOLEAN) return condition.value;
    return condition.kind === Kind.VARIABLE && getOwn(this.#variables, condition.name.value) !== false;
  }
}

function argument(directive: DirectiveNode, name: string) {
  return directive.arguments?.find((given) => given.name.value === name)?.value;
}

function deferAs(label: string): ConstDirectiveNode {
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: 'defer' },
    arguments: [
      {
        kind: Kind.ARGUMENT,
        name: { kind: Kind.NAME, value: 'label' },
        value: { kind: Kind.STRING, value: label },
      },
    ],
  };
}

/** One field on the way to what is put off. */
export interface DeferStep {
  /** The response key. */
  readonly key: string;
  /** The key in the data. */
  readonly source: string;
  /** Goes on only in objects of these types; `undefined`: in all. */
  readonly types: ReadonlySet<string> | undefined;
}

/** A deferred fragment, seen from the payload that it follows. */
export interface DeferredFragment {
  /** The name that it was marked with. */
  readonly name: string;
  readonly path: readonly DeferStep[];
  /** Holds for objects of these types; `undefined`: for all. */
  readonly types: ReadonlySet<string> | undefined;
  /** The type of the place. */
  readonly type: GraphQLCompositeType;
  readonly atRoot: boolean;
  readonly selections: readonly SelectionNode[];
  readonly children: readonly DeferredFragment[];
}

export interface SplitOperation {
  /** What is answered at once. */
  readonly primary: OperationDefinitionNode;
  readonly deferred: readonly DeferredFragment[];
}

/** What of a supergraph's types is looked at here. */
interface Types {
  readonly fieldNames: ReadonlySet<string>;
  matching(names: readonly string[]): ReadonlySet<string>;
}

/** Takes the fragments that are marked with one of `names` out of a resolved operation. */
export function splitDefers(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  names: ReadonlySet<string>,
  types: Types,
): SplitOperation {
  const root = schema.getRootType(operation.operation);
  if (!root) throw new Error(`the schema has no ${operation.operation} type`);
  const deferred: DeferredFragment[] = [];
  const splitter = new Splitter(schema, names, types);
  const at: Place = { path: [], types: undefined, type: root, atRoot: true };
  const selections = splitter.split(operation.selectionSet.selections, at, deferred);
  return { primary: { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } }, deferred };
}

type Place = Pick<DeferredFragment, 'path' | 'types' | 'type' | 'atRoot'>;

class Splitter {
  readonly #schema: GraphQLSchema;
  readonly #names: ReadonlySet<string>;
  readonly #types: Types;

  constructor(schema: GraphQLSchema, names: ReadonlySet<string>, types: Types) {
    this.#schema = schema;
    this.#names = names;
    this.#types = types;
  }

  /** What is left of a selection; what is put off goes to `deferred`. */
  split(selections: readonly SelectionNode[], at: Place, deferred: DeferredFragment[]): SelectionNode[] {
    return selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return [this.#field(selection, at, deferred)];
      if (selection.kind !== Kind.INLINE_FRAGMENT) return [];
      const inside = this.#within(at, selection);
      const name = nameOf(selection);
      const inner = { ...selection, directives: [] };
      if (name === undefined || !this.#names.has(name)) {
        const kept = this.split(selection.selectionSet.selections, inside, deferred);
        return kept.length === 0
          ? []
          : [{ ...inner, selectionSet: { kind: Kind.SELECTION_SET, selections: kept } }];
      }
      const children: DeferredFragment[] = [];
      const own = this.split(selection.selectionSet.selections, { ...inside, path: [] }, children);
      const fragment = { ...inner, selectionSet: { kind: Kind.SELECTION_SET as const, selections: own } };
      deferred.push({ ...inside, type: at.type, name, selections: [fragment], children });
      return [];
    });
  }

  #field(field: FieldNode, at: Place, deferred: DeferredFragment[]): FieldNode {
    const { selectionSet } = field;
    const named = 'getFields' in at.type ? at.type.getFields()[field.name.value] : undefined;
    const type = named && getNamedType(named.type);
    if (!selectionSet || !isCompositeType(type)) return field;
    const key = field.alias?.value ?? field.name.value;
    const source = sourceKey(key, field.name.value, this.#types.fieldNames);
    const below: Place = {
      path: [...at.path, { key, source, types: at.types }],
      types: undefined,
      type,
      atRoot: false,
    };
    const selections = this.split(selectionSet.selections, below, deferred);
    return { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections } };
  }

  /** The place as seen from inside a fragment. */
  #within(at: Place, fragment: InlineFragmentNode): Place {
    const condition = fragment.typeCondition?.name.value;
    const type = condition === undefined ? undefined : this.#schema.getType(condition);
    if (!isCompositeType(type) || type === at.type) return at;
    const always =
      isAbstractType(type) && 'getInterfaces' in at.type && this.#schema.isSubType(type, at.type);
    if (always) return at;
    const matching = this.#types.matching([type.name]);
    const { types } = at;
    return {
      ...at,
      type,
      types: types ? new Set([...matching].filter((name) => types.has(name))) : matching,
    };
  }
}

function nameOf({ directives }: InlineFragmentNode): string | undefined {
  const defer = directives?.find(({ name }) => name.value === 'defer');
  const label = defer && argument(defer, 'label');
  return label?.kind === Kind.STRING ? label.value : undefined;
}
