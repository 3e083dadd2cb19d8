/**
 * Completes an answer by the book (GraphQL §6.4.3 and §6.4.4): values coerced by their type, a null where none may
 * be taken to the nearest place that may be null, each error once and with the client's path. Gives
 * objects: for in-process callers, and for every answer with an error in it.
 */
import { GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString } from 'graphql';
import { clientKey } from '../document/document.ts';
import { type DataObject, getOwn, isDataObject, setOwn, UNTYPED } from '../execute/data.ts';
import { Failure, type FailureEntry, type PathKey, publicEntry } from '../execute/failure.ts';
import type { FieldShape, LeafShape, ObjectShape, SelectionShape, ValueShape } from './shape.ts';

/** An error as it is sent (GraphQL §7.1.2). */
export interface GraphError {
  readonly message: string;
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
  readonly path?: readonly PathKey[];
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string };
}

export interface ProjectOptions {
  /** More errors than these are left out. */
  readonly maxErrors: number;
  /** Whether `extensions.serviceName` names the subgraph. */
  readonly serviceNames: boolean;
}

export interface Projected {
  readonly data: DataObject | null;
  readonly errors: GraphError[];
}

/** `at` is where the data stands in the whole answer; by default it is its root. */
export function project(
  root: SelectionShape,
  data: DataObject,
  options: ProjectOptions,
  at: readonly PathKey[] = [],
): Projected {
  const projector = new Projector(options, at);
  const completed = projector.object(data, root);
  return { data: completed === BUBBLE ? null : completed, errors: projector.errors };
}

/** An error that belongs to no place, as it is sent. */
export function formatLoose(entry: FailureEntry, options: ProjectOptions): GraphError {
  return { message: entry.message, extensions: extensionsOf(entry, options) };
}

function extensionsOf(entry: FailureEntry, { serviceNames }: ProjectOptions): GraphError['extensions'] {
  const extensions = { code: entry.code, ...entry.why };
  return serviceNames && entry.subgraph !== undefined
    ? { ...extensions, serviceName: entry.subgraph }
    : extensions;
}

/** A null on its way to a place that may be null. */
const BUBBLE: unique symbol = Symbol('null');
type Bubble = typeof BUBBLE;

const INVALID = publicEntry('upstream_invalid', undefined);
const DENIED = publicEntry('unauthorized_field_or_type', undefined);

class Projector {
  readonly errors: GraphError[] = [];
  readonly #options: ProjectOptions;
  readonly #path: PathKey[];
  readonly #seen = new Set<string>();
  /** The object whose fields are being completed. */
  #parent: ObjectShape | undefined;

  constructor(options: ProjectOptions, at: readonly PathKey[]) {
    this.#options = options;
    this.#path = [...at];
  }

  object(object: DataObject, selection: SelectionShape): DataObject | Bubble {
    const typename = object.__typename;
    const fields = fieldsFor(selection, typename);
    if (!fields) {
      this.#fail('The answer has an object of an unexpected type.');
      return BUBBLE;
    }
    const untyped = selection.abstract && fields === selection.anyType ? object[UNTYPED] : undefined;
    if (untyped instanceof Failure && dependsOnType(selection)) {
      const entries = untyped.entries.map((entry) => ({ ...entry, fromParent: false }));
      this.#failWith(new Failure(entries), { kind: 'object', nonNull: false, selection });
      return BUBBLE;
    }
    const completed: DataObject = {};
    const above = this.#parent;
    this.#parent = { kind: 'object', nonNull: false, selection };
    const whole = this.#fields(object, selection, typename, fields, completed);
    this.#parent = above;
    return whole ? completed : BUBBLE;
  }

  /** False where one of the fields is null and may not be. */
  #fields(
    object: DataObject,
    selection: SelectionShape,
    typename: unknown,
    fields: readonly FieldShape[],
    completed: DataObject,
  ): boolean {
    for (const field of fields) {
      this.#path.push(field.key);
      const value = field.isTypename
        ? this.#typename(selection, typename)
        : this.#value(getOwn(object, field.source), field.value, field);
      this.#path.pop();
      if (value === BUBBLE) return false;
      setOwn(completed, field.key, value);
    }
    return true;
  }

  #typename(selection: SelectionShape, typename: unknown): unknown {
    if (!selection.abstract) return selection.typeName;
    if (typeof typename === 'string' && selection.byType.has(typename)) return typename;
    this.#fail('The answer does not tell the type of this object.');
    return BUBBLE;
  }

  #value(value: unknown, shape: ValueShape, field: FieldShape): unknown {
    if (shape.kind === 'raw') return value ?? null;
    if (shape.kind === 'denied') {
      this.#add(DENIED.message, DENIED, this.#path.slice());
      return shape.nonNull ? BUBBLE : null;
    }
    if (value instanceof Failure) {
      this.#failWith(value, shape);
      return shape.nonNull ? BUBBLE : null;
    }
    if (value === null || value === undefined) {
      if (!shape.nonNull) return null;
      this.#fail(`Cannot return null for non-nullable field ${field.coordinate}.`);
      return BUBBLE;
    }
    const completed = this.#present(value, shape, field);
    return completed === BUBBLE && !shape.nonNull ? null : completed;
  }

  /** Completes what is not null. `BUBBLE` where it cannot be: the error is told by then. */
  #present(
    value: unknown,
    shape: Exclude<ValueShape, { kind: 'raw' | 'denied' }>,
    field: FieldShape,
  ): unknown {
    if (shape.kind === 'leaf') return this.#leaf(value, shape, field);
    if (shape.kind === 'object') {
      if (isDataObject(value)) return this.object(value, shape.selection);
      this.#fail(`Expected an object for field ${field.coordinate}.`);
      return BUBBLE;
    }
    if (!Array.isArray(value)) {
      this.#fail(`Expected a list for field ${field.coordinate}.`);
      return BUBBLE;
    }
    const items: unknown[] = [];
    for (let index = 0; index < value.length; index++) {
      this.#path.push(index);
      const item = this.#value(value[index], shape.item, field);
      this.#path.pop();
      if (item === BUBBLE) return BUBBLE;
      items.push(item);
    }
    return items;
  }

  #leaf(value: unknown, shape: LeafShape, field: FieldShape): unknown {
    const completed = serialize(value, shape);
    if (completed !== undefined) return completed;
    this.#fail(`The value of field ${field.coordinate} is not a valid ${shape.typeName}.`);
    return BUBBLE;
  }

  #fail(message: string): void {
    this.#add(message, INVALID, this.#path.slice());
  }

  /** What a subgraph says of the place is believed as far as the client's selection bears it out. */
  #failWith(failure: Failure, shape: ValueShape): void {
    for (const entry of failure.entries) {
      const base = entry.fromParent ? this.#path.slice(0, -1) : this.#path;
      const from: ValueShape | undefined = entry.fromParent ? this.#parent : shape;
      const below = entry.below.map((key) => (typeof key === 'string' ? clientKey(key) : key));
      const known = below.length > 0 && from !== undefined && isSelected(from, below);
      this.#add(entry.message, entry, known ? [...base, ...below] : this.#path.slice());
    }
  }

  #add(message: string, entry: FailureEntry, path: readonly PathKey[]): void {
    const key = JSON.stringify(path);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (this.errors.length >= this.#options.maxErrors) return;
    this.errors.push({ message, path, extensions: extensionsOf(entry, this.#options) });
  }
}

/** The fields of an object by the type it says it has; `undefined` where it may not stand here. */
function fieldsFor(selection: SelectionShape, typename: unknown): readonly FieldShape[] | undefined {
  if (!selection.abstract) {
    if (typename !== undefined && typename !== selection.typeName) return undefined;
    return selection.byType.get(selection.typeName);
  }
  if (typename === undefined || typename === selection.typeName) return selection.anyType;
  return typeof typename === 'string' ? selection.byType.get(typename) : undefined;
}

/** Whether what is selected of an object cannot be told without its type. */
function dependsOnType({ anyType, byType }: SelectionShape): boolean {
  if (anyType.some(({ isTypename }) => isTypename)) return true;
  for (const fields of byType.values()) if (fields.length > anyType.length) return true;
  return false;
}

/** Whether a path of keys and indices names something that the client selected below a value. */
function isSelected(shape: ValueShape, path: readonly PathKey[]): boolean {
  let current: ValueShape | undefined = shape;
  for (const key of path) {
    if (current?.kind === 'list' && typeof key === 'number') current = current.item;
    else if (current?.kind === 'object' && typeof key === 'string')
      current = selectedField(current.selection, key);
    else return false;
  }
  return current !== undefined;
}

function selectedField(selection: SelectionShape, key: string): ValueShape | undefined {
  for (const fields of selection.byType.values()) {
    for (const field of fields) if (field.key === key) return field.value;
  }
  return undefined;
}

const SCALARS = {
  string: GraphQLString,
  id: GraphQLID,
  int: GraphQLInt,
  float: GraphQLFloat,
  boolean: GraphQLBoolean,
} as const;

/** GraphQL §3.5, result coercion; `undefined` where the value has no such form. */
function serialize(value: unknown, shape: LeafShape): unknown {
  if (shape.leaf === 'custom') return value;
  if (shape.leaf === 'enum') return typeof value === 'string' && shape.values?.has(value) ? value : undefined;
  try {
    return SCALARS[shape.leaf].serialize(value);
  } catch {
    return undefined;
  }
}
