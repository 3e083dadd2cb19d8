/** The tree of an expression: what stands below a node, and what a node says as text. */
import { type ASTNode, serialize } from '@marcbachmann/cel-js';

export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

export function* everyNode(root: ASTNode): Generator<ASTNode> {
  yield root;
  for (const child of childrenOf(root)) yield* everyNode(child);
}

/** Loops: the call's receiver is gone through, its first argument names what stands for each element. */
export const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** In the language's own spelling, so that a part of an expression can stand alone. */
export function textOf(node: ASTNode): string {
  return serialize(node);
}
