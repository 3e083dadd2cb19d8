/**
 * Splits a query at its `@defer`s: an operation of what is answered at once, and one of each fragment that is put off, with
 * the fields that lead to it. They run on the same parts, so that nothing is fetched twice. A fragment below a list, or one
 * of a mutation, stays where it is, as the specification allows: there is no telling it apart without running it again.
 */
import {
  DirectiveLocation,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLBoolean,
  type GraphQLCompositeType,
  GraphQLDirective,
  GraphQLIncludeDirective,
  GraphQLNonNull,
  type GraphQLSchema,
  GraphQLSkipDirective,
  GraphQLString,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  getOperationAST,
  type InlineFragmentNode,
  isCompositeType,
  isListType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** The directive, for schemas of BFFs: the one of graphql-js 17's incremental delivery. */
export const DEFER_SDL =
  'directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT';
/** What would be more is not put off. */
const MAX_DEFERS = 20;

/** A fragment that is put off. */
export interface DeferredFragment {
  readonly label: string | undefined;
  /** The response keys that lead to it. */
  readonly path: readonly string[];
  /** Asks for it alone. */
  readonly document: DocumentNode;
  /** What is put off within it: delivered after it. */
  readonly children: readonly DeferredFragment[];
}

export interface SplitOperation {
  /** Of what is answered at once. */
  readonly document: DocumentNode;
  readonly deferred: readonly DeferredFragment[];
}

export interface SplitRequest {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** `undefined` where nothing is put off. The document is a valid one. */
export function splitOperation(request: SplitRequest): SplitOperation | undefined {
  const { document, operationName, schema } = request;
  if (!hasDefer(document)) return undefined;
  const operation = getOperationAST(document, operationName);
  const root = schema.getQueryType();
  if (!root || operation?.operation !== OperationTypeNode.QUERY) return undefined;
  const splitter = new Splitter(request, operation);
  const deferred: MadeFragment[] = [];
  const selectionSet = splitter.split(operation.selectionSet, {
    type: root,
    steps: [],
    apart: true,
    deferred,
  });
  if (deferred.length === 0) return undefined;
  return { document: splitter.documentOf(selectionSet), deferred };
}

const known = new WeakMap<DocumentNode, boolean>();

/** Whether anything in a document may be put off. */
export function hasDefer(document: DocumentNode): boolean {
  let found = known.get(document);
  if (found === undefined) {
    found = isDeferring(document);
    known.set(document, found);
  }
  return found;
}

function isDeferring(node: DocumentNode | FragmentDefinitionNode): boolean {
  let found = false;
  visit(node, {
    Directive({ name }) {
      found ||= name.value === 'defer';
    },
  });
  return found;
}

interface MadeFragment extends DeferredFragment {
  readonly children: MadeFragment[];
}

/** A place in the operation. */
interface Place {
  readonly type: GraphQLCompositeType;
  /** The fields and fragments that lead to it, without their selections. */
  readonly steps: readonly (FieldNode | InlineFragmentNode)[];
  /** Whether what is here can be asked for by itself. */
  readonly apart: boolean;
  /** Where what is put off here goes. */
  readonly deferred: MadeFragment[];
}

class Splitter {
  readonly #schema: GraphQLSchema;
  readonly #operation: OperationDefinitionNode;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #holdsDefer = new Map<string, boolean>();
  #count = 0;

  constructor({ schema, document, variables }: SplitRequest, operation: OperationDefinitionNode) {
    this.#schema = schema;
    this.#operation = operation;
    this.#variables = variables;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
  }

  documentOf(selectionSet: SelectionSetNode): DocumentNode {
    const operation = { ...this.#operation, selectionSet };
    return { kind: Kind.DOCUMENT, definitions: [operation, ...this.#fragments.values()] };
  }

  /** The selections without those that are put off. */
  split({ selections }: SelectionSetNode, place: Place): SelectionSetNode {
    const kept = selections.flatMap((selection) => this.#selection(selection, place));
    return { kind: Kind.SELECTION_SET, selections: kept };
  }

  #selection(selection: SelectionNode, place: Place): readonly SelectionNode[] {
    if (selection.kind === Kind.FIELD) return [this.#field(selection, place)];
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const { name, directives = [] } = selection;
      const fragment = this.#fragments.get(name.value);
      if (!fragment || !(hasDirective(directives, 'defer') || this.#isDeferring(name.value)))
        return [selection];
      const { typeCondition, selectionSet } = fragment;
      return this.#fragment({ kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet }, place);
    }
    return this.#fragment(selection, place);
  }

  #field(field: FieldNode, place: Place): FieldNode {
    const { selectionSet, ...step } = field;
    if (!selectionSet || isUnionType(place.type)) return field;
    const definition = place.type.getFields()[field.name.value];
    const type = definition && getNamedType(definition.type);
    if (!definition || !isCompositeType(type)) return field;
    const apart = place.apart && !isListType(getNullableType(definition.type));
    const inside = { ...place, type, steps: [...place.steps, step], apart };
    return { ...field, selectionSet: this.split(selectionSet, inside) };
  }

  #fragment(fragment: InlineFragmentNode, place: Place): readonly SelectionNode[] {
    const { typeCondition, directives = [], selectionSet } = fragment;
    const found = typeCondition && this.#schema.getType(typeCondition.name.value);
    const type = isCompositeType(found) ? found : place.type;
    const own = directives.filter(({ name }) => name.value !== 'defer');
    const step: Omit<InlineFragmentNode, 'selectionSet'> = {
      kind: Kind.INLINE_FRAGMENT,
      directives: own,
      ...(typeCondition && { typeCondition }),
    };
    const steps = [...place.steps, { ...step, selectionSet: NOTHING }];
    const defer = this.#defer(fragment);
    if (!defer || !place.apart || this.#count >= MAX_DEFERS) {
      return [{ ...step, selectionSet: this.split(selectionSet, { ...place, type, steps }) }];
    }
    this.#count += 1;
    const children: MadeFragment[] = [];
    const selections = this.split(selectionSet, { type, steps, apart: true, deferred: children });
    place.deferred.push({
      label: defer.label,
      path: steps.flatMap((one) => (one.kind === Kind.FIELD ? [(one.alias ?? one.name).value] : [])),
      document: this.documentOf(within(steps, selections)),
      children,
    });
    return [];
  }

  /** `undefined` where the fragment is not put off. */
  #defer(fragment: InlineFragmentNode): { readonly label: string | undefined } | undefined {
    const values = getDirectiveValues(DEFER, fragment, this.#variables);
    if (!values || values.if === false) return undefined;
    const isOut =
      getDirectiveValues(GraphQLSkipDirective, fragment, this.#variables)?.if === true ||
      getDirectiveValues(GraphQLIncludeDirective, fragment, this.#variables)?.if === false;
    if (isOut) return undefined;
    return { label: typeof values.label === 'string' ? values.label : undefined };
  }

  /** Whether a fragment defers, or one that it spreads. */
  #isDeferring(name: string): boolean {
    const before = this.#holdsDefer.get(name);
    if (before !== undefined) return before;
    this.#holdsDefer.set(name, false);
    const fragment = this.#fragments.get(name);
    let found = fragment !== undefined && isDeferring(fragment);
    if (fragment && !found) {
      visit(fragment, {
        FragmentSpread: (spread) => {
          found ||= this.#isDeferring(spread.name.value);
        },
      });
    }
    this.#holdsDefer.set(name, found);
    return found;
  }
}

/** As `DEFER_SDL` says it. */
const DEFER = new GraphQLDirective({
  name: 'defer',
  locations: [DirectiveLocation.FRAGMENT_SPREAD, DirectiveLocation.INLINE_FRAGMENT],
  args: {
    if: { type: new GraphQLNonNull(GraphQLBoolean), defaultValue: true },
    label: { type: GraphQLString },
  },
});

const NOTHING: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [] };

/** The selections within the fields and fragments that lead to them. */
function within(steps: Place['steps'], selections: SelectionSetNode): SelectionSetNode {
  let inner = selections;
  for (const step of steps.toReversed()) {
    inner = { kind: Kind.SELECTION_SET, selections: [{ ...step, selectionSet: inner }] };
  }
  return inner;
}

function hasDirective(directives: readonly DirectiveNode[], name: string): boolean {
  return directives.some((directive) => directive.name.value === name);
}
