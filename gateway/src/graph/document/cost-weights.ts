/**
 * What a supergraph says of costs: `@cost` and `@listSize` (the cost spec v0.1 of Federation, after IBM's GraphQL Cost
 * Directives), under whatever names it imports them. Read once, when the supergraph is loaded.
 */
import { type ConstDirectiveNode, type DocumentNode, Kind, valueFromASTUntyped } from 'graphql';
import { directiveNames } from '../supergraph/links.ts';

export interface ListSize {
  /** Where no slicing argument is given. */
  readonly assumedSize: number | undefined;
  /** Each a path: an argument, then fields of its input object. */
  readonly slicingArguments: readonly (readonly string[])[];
  /** Lists below the field that have this size, in place of the field itself. */
  readonly sizedFields: readonly string[];
  readonly requireOne: boolean;
}

export interface FieldCost {
  readonly weight: number | undefined;
  readonly listSize: ListSize | undefined;
  readonly args: ReadonlyMap<string, number>;
}

export class CostWeights {
  readonly #fields = new Map<string, FieldCost>();
  readonly #types = new Map<string, number>();
  readonly #inputs = new Map<string, number>();

  constructor(document: DocumentNode) {
    const names = directiveNames(document, 'cost', ['cost', 'listSize']);
    const cost = names.get('cost') ?? new Set();
    const listSize = names.get('listSize') ?? new Set();
    if (cost.size === 0 && listSize.size === 0) return;
    for (const definition of document.definitions) {
      switch (definition.kind) {
        case Kind.OBJECT_TYPE_DEFINITION:
        case Kind.INTERFACE_TYPE_DEFINITION:
          this.#type(definition.name.value, definition.directives, cost);
          for (const field of definition.fields ?? []) {
            const weight = weightOf(field.directives, cost);
            const size = listSizeOf(field.directives, listSize);
            const args = new Map<string, number>();
            for (const argument of field.arguments ?? []) {
              const own = weightOf(argument.directives, cost);
              if (own !== undefined) args.set(argument.name.value, own);
            }
            if (weight === undefined && !size && args.size === 0) continue;
            const key = `${definition.name.value}.${field.name.value}`;
            this.#fields.set(key, { weight, listSize: size, args });
          }
          break;
        case Kind.INPUT_OBJECT_TYPE_DEFINITION:
          for (const field of definition.fields ?? []) {
            const weight = weightOf(field.directives, cost);
            if (weight !== undefined)
              this.#inputs.set(`${definition.name.value}.${field.name.value}`, weight);
          }
          break;
        case Kind.SCALAR_TYPE_DEFINITION:
        case Kind.ENUM_TYPE_DEFINITION:
        case Kind.UNION_TYPE_DEFINITION:
          this.#type(definition.name.value, definition.directives, cost);
          break;
      }
    }
  }

  field(type: string, field: string): FieldCost | undefined {
    return this.#fields.get(`${type}.${field}`);
  }

  type(name: string): number | undefined {
    return this.#types.get(name);
  }

  /** The weight of an input object's field. */
  input(type: string, field: string): number | undefined {
    return this.#inputs.get(`${type}.${field}`);
  }

  #type(
    name: string,
    directives: readonly ConstDirectiveNode[] | undefined,
    cost: ReadonlySet<string>,
  ): void {
    const weight = weightOf(directives, cost);
    if (weight !== undefined) this.#types.set(name, weight);
  }
}

function weightOf(
  directives: readonly ConstDirectiveNode[] | undefined,
  names: ReadonlySet<string>,
): number | undefined {
  const found = argumentsOf(directives, names)?.weight;
  // IBM's specification writes it as a string, Federation's as a number.
  const weight = typeof found === 'string' || typeof found === 'number' ? Number(found) : Number.NaN;
  return Number.isFinite(weight) ? Math.max(0, weight) : undefined;
}

function listSizeOf(
  directives: readonly ConstDirectiveNode[] | undefined,
  names: ReadonlySet<string>,
): ListSize | undefined {
  const found = argumentsOf(directives, names);
  if (!found) return undefined;
  const { assumedSize, requireOneSlicingArgument } = found;
  return {
    assumedSize: typeof assumedSize === 'number' ? Math.max(0, assumedSize) : undefined,
    slicingArguments: texts(found.slicingArguments).map((path) => path.split('.')),
    sizedFields: texts(found.sizedFields),
    requireOne: requireOneSlicingArgument !== false,
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function argumentsOf(
  directives: readonly ConstDirectiveNode[] | undefined,
  names: ReadonlySet<string>,
): Record<string, unknown> | undefined {
  const directive = directives?.find((candidate) => names.has(candidate.name.value));
  if (!directive) return undefined;
  const found: Record<string, unknown> = {};
  for (const argument of directive.arguments ?? []) {
    found[argument.name.value] = valueFromASTUntyped(argument.value);
  }
  return found;
}
