/** What validation asks of `@defer` (incremental delivery RFC): graphql-js 16 knows neither the directive nor its rules. */
import {
  type ASTVisitor,
  type DefinitionNode,
  type DirectiveDefinitionNode,
  GraphQLError,
  Kind,
  parse,
  type ValidationContext,
} from 'graphql';

const [definition] = parse(
  'directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT',
  { noLocation: true },
).definitions;

/** The definitions of a schema that clients see: with `@defer`, without the `@stream` that nobody serves. */
export function withDefer(definitions: readonly DefinitionNode[]): DefinitionNode[] {
  const isOther = (node: DefinitionNode): boolean =>
    node.kind !== Kind.DIRECTIVE_DEFINITION || !isIncremental(node);
  return [...definitions.filter(isOther), ...(definition ? [definition] : [])];
}

function isIncremental({ name }: DirectiveDefinitionNode): boolean {
  return name.value === 'defer' || name.value === 'stream';
}

/** Labels are literals, each used once; the root of a mutation or subscription is not put off. */
export function DeferRule(context: ValidationContext): ASTVisitor {
  const labels = new Set<string>();
  return {
    Directive(node) {
      if (node.name.value !== 'defer') return;
      const root = context.getSchema();
      const parent = context.getParentType();
      if (parent && (parent === root.getMutationType() || parent === root.getSubscriptionType())) {
        context.reportError(
          new GraphQLError(`Defer directive cannot be used on root type "${parent.name}".`, { nodes: node }),
        );
      }
      const label = node.arguments?.find(({ name }) => name.value === 'label')?.value;
      if (!label || label.kind === Kind.NULL) return;
      if (label.kind !== Kind.STRING) {
        context.reportError(
          new GraphQLError('Directive "defer"\'s label argument must be a static string.', { nodes: node }),
        );
      } else if (labels.has(label.value)) {
        context.reportError(
          new GraphQLError('Defer directive label argument must be unique.', { nodes: node }),
        );
      } else {
        labels.add(label.value);
      }
    },
  };
}
