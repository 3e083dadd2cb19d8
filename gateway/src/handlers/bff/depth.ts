/** The validation rule that bounds how deep a BFF's GraphQL operation may nest, fragments counted in. */
import {
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** Refuses operations deeper than `maxDepth` levels of fields. A fragment that spreads itself is another rule's matter. */
export function depthLimit(maxDepth: number): ValidationRule {
  return (context) => ({
    OperationDefinition(operation) {
      const depth = depthOf(operation.selectionSet, context, new Map());
      if (depth <= maxDepth) return;
      context.reportError(
        new GraphQLError(`The operation is nested deeper than ${maxDepth} levels`, {
          nodes: [operation],
          extensions: { code: 'INVALID_QUERY' },
        }),
      );
    },
  });
}

/** Each fragment is measured once, so that nothing doubles with every spread. */
function depthOf(
  selectionSet: SelectionSetNode,
  context: ValidationContext,
  known: Map<FragmentDefinitionNode, number>,
): number {
  let deepest = 0;
  for (const selection of selectionSet.selections) {
    let depth = 0;
    if (selection.kind === Kind.FIELD) {
      depth = 1 + (selection.selectionSet ? depthOf(selection.selectionSet, context, known) : 0);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      depth = depthOf(selection.selectionSet, context, known);
    } else {
      const fragment = context.getFragment(selection.name.value);
      if (fragment) {
        const measured = known.get(fragment);
        if (measured === undefined) {
          known.set(fragment, 0);
          depth = depthOf(fragment.selectionSet, context, known);
          known.set(fragment, depth);
        } else {
          depth = measured;
        }
      }
    }
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
