/** Compiles what an operation puts off, once its plan says what that is. */
import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { compileText, type WriteText } from './answer/compile-text.ts';
import type { DeferredShape } from './answer/incremental.ts';
import { shapeSelection } from './answer/shape.ts';
import { type DeferMarks, type DeferredFragment, splitDefers } from './document/defer.ts';
import { pendingDefers } from './plan/pending-defers.ts';
import type { PlanNode } from './plan/plan.ts';
import type { TypeIndex } from './supergraph/supergraph.ts';

export interface DeferredOperation {
  /** What is answered at once. */
  readonly primary: OperationDefinitionNode;
  readonly deferred: readonly DeferredShape[];
}

/** `undefined` where nothing is worth a payload of its own. `shared` is what `compileText` takes. */
export function deferredOperation(
  schema: GraphQLSchema,
  types: TypeIndex,
  operation: OperationDefinitionNode,
  marks: DeferMarks,
  plan: PlanNode | undefined,
  shared: ReadonlySet<string>,
): DeferredOperation | undefined {
  const pending = pendingDefers(plan);
  if (pending.size === 0) return undefined;
  const compile = (fragment: DeferredFragment): DeferredShape => {
    const { name, path, type, selections, atRoot, children } = fragment;
    const shape = shapeSelection(schema, type, selections, types.fieldNames, atRoot);
    let write: WriteText | undefined;
    return {
      name,
      label: marks.label(name),
      path,
      types: fragment.types,
      shape,
      writeText() {
        write ??= compileText(shape, shared);
        return write;
      },
      children: children.map(compile),
    };
  };
  const { primary, deferred } = splitDefers(schema, operation, pending, types);
  return { primary, deferred: deferred.map(compile) };
}
