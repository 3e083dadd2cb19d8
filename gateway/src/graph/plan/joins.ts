/** The directives by which a supergraph tells of its subgraphs (join spec), read. */
import { type ConstDirectiveNode, type DocumentNode, Kind } from 'graphql';

/** The names of the subgraphs, by their values in `enum join__Graph`. */
export function subgraphNames(supergraph: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const { name, directives } of definition.values ?? []) {
      names.set(name.value, applications(directives, 'join__graph')[0]?.text('name') ?? name.value);
    }
  }
  return names;
}

/** One application of a directive. */
export class Application {
  readonly #directive: ConstDirectiveNode;

  constructor(directive: ConstDirectiveNode) {
    this.#directive = directive;
  }

  text(name: string): string | undefined {
    const value = this.#directive.arguments?.find((argument) => argument.name.value === name)?.value;
    return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
  }

  /** Whether an argument is given, and not `false`. */
  has(name: string): boolean {
    const value = this.#directive.arguments?.find((argument) => argument.name.value === name)?.value;
    return value !== undefined && !(value.kind === Kind.BOOLEAN && !value.value);
  }
}

export function applications(
  directives: readonly ConstDirectiveNode[] | undefined,
  name: string,
): Application[] {
  return (directives ?? [])
    .filter((directive) => directive.name.value === name)
    .map((directive) => new Application(directive));
}
