/**
 * What each field of a supergraph asks of a caller, worked out once when the supergraph is loaded. A field of an object
 * type counts its own directives, its type's, its value's type's, those of the fields that it needs by `@requires` or
 * `@fromContext`, and those that an interface sets for all who implement it. So no way around a directive is left, by
 * whatever name or type a field is reached.
 */
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  type ScalarTypeDefinitionNode,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';
import { directiveKinds, requirementsOf } from './authorization-directives.ts';
import { isImplied, RequirementTable } from './authorization-requirements.ts';

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;
type Numbers = readonly number[];

const NONE: Numbers = [];

export interface AccessRules {
  readonly requirements: RequirementTable;
  /** Whether anything is guarded at all. */
  readonly guarded: boolean;
  /** The numbers of what a field of an object type asks for. */
  field(type: string, field: string): Numbers;
}

export function readAccessRules(document: DocumentNode): AccessRules {
  const reader = new RuleReader(document);
  return reader.requirements.size === 0 ? OPEN : reader.rules();
}

const OPEN: AccessRules = {
  requirements: new RequirementTable(),
  guarded: false,
  field: () => NONE,
};

class RuleReader {
  readonly requirements = new RequirementTable();
  readonly #composites = new Map<string, Composite>();
  readonly #fields = new Map<string, FieldDefinitionNode>();
  /** What the directives on an element say: `Type` or `Type.field`. */
  readonly #own = new Map<string, Numbers>();
  /** Object types by the interface or union that they belong to. */
  readonly #members = new Map<string, string[]>();
  /** The types in which a context of `@context` is set. */
  readonly #contexts = new Map<string, string[]>();
  readonly #found = new Map<string, Numbers>();

  constructor(document: DocumentNode) {
    const kinds = directiveKinds(document);
    const own = (directives: readonly ConstDirectiveNode[] | undefined): Numbers =>
      requirementsOf(directives, kinds, this.requirements);
    for (const definition of document.definitions) {
      if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
        this.#members.set(definition.name.value, definition.types?.map((type) => type.name.value) ?? []);
        this.#addContexts(definition.name.value, definition.directives);
      }
      if (!isGuardable(definition)) continue;
      const name = definition.name.value;
      this.#own.set(name, own(definition.directives));
      if (definition.kind === Kind.SCALAR_TYPE_DEFINITION || definition.kind === Kind.ENUM_TYPE_DEFINITION)
        continue;
      this.#composites.set(name, definition);
      this.#addContexts(name, definition.directives);
      for (const field of definition.fields ?? []) {
        this.#fields.set(`${name}.${field.name.value}`, field);
        this.#own.set(`${name}.${field.name.value}`, own(field.directives));
      }
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
      for (const parent of definition.interfaces ?? []) {
        const members = this.#members.get(parent.name.value);
        if (members) members.push(name);
        else this.#members.set(parent.name.value, [name]);
      }
    }
  }

  rules(): AccessRules {
    const fields = new Map<string, Numbers>();
    for (const [name, definition] of this.#composites) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
      for (const field of definition.fields ?? []) {
        const coordinate = `${name}.${field.name.value}`;
        const ofField = this.#ofField(name, field.name.value);
        if (ofField.length > 0) fields.set(coordinate, ofField);
      }
    }
    return {
      requirements: this.requirements,
      guarded: true,
      field: (type, field) => fields.get(`${type}.${field}`) ?? NONE,
    };
  }

  #addContexts(type: string, directives: readonly ConstDirectiveNode[] | undefined): void {
    for (const directive of directives ?? []) {
      if (directive.name.value !== 'context') continue;
      const value = directive.arguments?.find(({ name }) => name.value === 'name')?.value;
      if (value?.kind !== Kind.STRING) continue;
      this.#contexts.set(value.value, [...(this.#contexts.get(value.value) ?? []), type]);
    }
  }

  #declared(element: string): Numbers {
    return this.#own.get(element) ?? NONE;
  }

  /** What an object type asks for: its own, and what its interfaces set for all. */
  #ofType(name: string): Numbers {
    const numbers = new Set(this.#declared(name));
    for (const parent of this.#composites.get(name)?.interfaces ?? []) {
      for (const number of this.#setByInterface(parent.name.value, '')) numbers.add(number);
    }
    return [...numbers];
  }

  /**
   * What an interface (or its field, as `.name`) says beyond what its types say. Composition writes on an interface
   * what its types ask for together (Federation 2.12): that is no rule for each of them.
   */
  #setByInterface(name: string, member: string): Numbers {
    const declared = this.#declared(name + member);
    if (declared.length === 0) return NONE;
    const given = (this.#members.get(name) ?? [])
      .flatMap((type) => [...this.#declared(type), ...this.#declared(type + member)])
      .flatMap((number) => this.requirements.get(number) ?? []);
    return declared.filter((number) => {
      const requirement = this.requirements.get(number);
      return requirement !== undefined && !isImplied(requirement, given);
    });
  }

  /** What a field asks for: its own and what all that it needs asks for, circles of needs included. */
  #ofField(type: string, field: string): Numbers {
    const numbers = new Set<number>();
    const seen = new Set<string>();
    const visit = (type: string, field: string): void => {
      const coordinate = `${type}.${field}`;
      const definition = this.#fields.get(coordinate);
      if (!definition || seen.has(coordinate)) return;
      seen.add(coordinate);
      for (const number of this.#ofFieldAlone(type, definition)) numbers.add(number);
      this.#visitNeeds(type, definition, visit);
    };
    visit(type, field);
    return [...numbers];
  }

  #ofFieldAlone(type: string, definition: FieldDefinitionNode): Numbers {
    const field = definition.name.value;
    const coordinate = `${type}.${field}`;
    const known = this.#found.get(coordinate);
    if (known) return known;
    const parents = this.#composites.get(type)?.interfaces ?? [];
    const numbers = new Set([
      ...this.#ofType(type),
      ...this.#declared(coordinate),
      ...parents.flatMap((parent) => this.#setByInterface(parent.name.value, `.${field}`)),
      ...this.#ofValue(namedType(definition.type)),
    ]);
    const found = [...numbers];
    this.#found.set(coordinate, found);
    return found;
  }

  #ofValue(name: string): Numbers {
    const kind = this.#composites.get(name)?.kind;
    if (kind === Kind.OBJECT_TYPE_DEFINITION) return this.#ofType(name);
    return kind === undefined ? this.#declared(name) : this.#setByInterface(name, '');
  }

  /** The fields that a field needs from elsewhere, by `@requires` or `@fromContext`, wherever it is resolved. */
  #visitNeeds(type: string, { directives }: FieldDefinitionNode, visit: Visit): void {
    for (const directive of directives ?? []) {
      if (directive.name.value !== 'join__field') continue;
      for (const { name, value } of directive.arguments ?? []) {
        if (name.value === 'requires' && value.kind === Kind.STRING) {
          this.#visitSelection(type, selectionOf(`{${value.value}}`), visit);
        }
        if (name.value !== 'contextArguments' || value.kind !== Kind.LIST) continue;
        for (const item of value.values) {
          if (item.kind !== Kind.OBJECT) continue;
          const given = new Map(item.fields.map((one) => [one.name.value, one.value]));
          const context = given.get('context');
          const selection = given.get('selection');
          if (context?.kind !== Kind.STRING || selection?.kind !== Kind.STRING) continue;
          for (const holder of this.#contexts.get(context.value) ?? []) {
            this.#visitSelection(holder, selectionOf(selection.value), visit);
          }
        }
      }
    }
  }

  #visitSelection(type: string, set: SelectionSetNode | undefined, visit: Visit): void {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.#visitSelection(selection.typeCondition?.name.value ?? type, selection.selectionSet, visit);
      }
      if (selection.kind !== Kind.FIELD) continue;
      const field = selection.name.value;
      // Whatever type stands there: all that the field may ask for.
      const isObject = this.#composites.get(type)?.kind === Kind.OBJECT_TYPE_DEFINITION;
      for (const one of isObject ? [type] : (this.#members.get(type) ?? [])) visit(one, field);
      const definition = this.#fields.get(`${type}.${field}`);
      if (definition) this.#visitSelection(namedType(definition.type), selection.selectionSet, visit);
    }
  }
}

/** Takes a field of an object type. */
type Visit = (type: string, field: string) => void;

function isGuardable(definition: {
  readonly kind: string;
}): definition is Composite | ScalarTypeDefinitionNode | EnumTypeDefinitionNode {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.SCALAR_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_DEFINITION:
      return true;
    default:
      return false;
  }
}

function selectionOf(text: string): SelectionSetNode | undefined {
  const [definition] = parse(text, { noLocation: true }).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet : undefined;
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
