/** A query plan as an indented tree: what is fetched from whom, in which order, and what runs side by side. */
import type { PathSegment, PlanNode, PlanPath, RequiredSelection } from '../graph/plan.ts';

export function planText(node: PlanNode | undefined): string {
  return node === undefined ? 'Nothing has to be fetched.\n' : `${lines(node).join('\n')}\n`;
}

function lines(node: PlanNode): string[] {
  switch (node.kind) {
    case 'sequence':
      return ['In sequence', ...children(node.nodes)];
    case 'parallel':
      return ['In parallel', ...children(node.nodes)];
    case 'condition': {
      const branches: string[] = [`If $${node.variable}`];
      if (node.ifTrue) branches.push(...indent(lines(node.ifTrue)));
      if (node.ifFalse) branches.push('Else', ...indent(lines(node.ifFalse)));
      return branches;
    }
    case 'fetch': {
      const at = node.path.length > 0 ? ` at ${pathText(node.path)}` : '';
      return [`Fetch from ${node.subgraph}${at}`, ...indent([oneLine(node.operation)])];
    }
    case 'entities': {
      const batches = node.batches.flatMap((batch) =>
        batch.paths.map((path) => `${pathText(path)} by ${requiredText(batch.requires)}`),
      );
      return [`Entities from ${node.subgraph}`, ...indent([...batches, oneLine(node.operation)])];
    }
  }
}

function children(nodes: readonly PlanNode[]): string[] {
  return indent(nodes.flatMap(lines));
}

function indent(text: readonly string[]): string[] {
  return text.map((line) => `  ${line}`);
}

function pathText(path: PlanPath): string {
  return path.map(segmentText).join('.') || '(the root)';
}

function segmentText(segment: PathSegment): string {
  return segment.kind === 'field' ? segment.name : `[${segment.types.join('|')}]`;
}

function requiredText(selections: readonly RequiredSelection[]): string {
  const parts = selections.map((selection) => {
    const inner = selection.selections.length > 0 ? ` ${requiredText(selection.selections)}` : '';
    return selection.kind === 'field' ? `${selection.name}${inner}` : `... on ${selection.type}${inner}`;
  });
  return `{ ${parts.join(' ')} }`;
}

function oneLine(operation: string): string {
  return operation.replace(/\s+/g, ' ').trim();
}
