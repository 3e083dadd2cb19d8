/** Random federations for fast-check, with operations to ask of them, and how a failing one gets smaller. */
import * as fc from 'fast-check';
import { type Federation, printFederation, readSubgraphs } from './federation.fixture.ts';
import { mergedSchema } from './federation-schema.fixture.ts';
import { smallerFederations } from './federation-shrink.fixture.ts';
import { randomOperation } from './operation.fixture.ts';
import { Choice } from './random-choice.fixture.ts';
import { randomData } from './random-data.fixture.ts';
import { randomSchema } from './random-schema.fixture.ts';

/** How many of a hundred operations are mutations. */
const MUTATIONS = 10;

export class FederationArbitrary extends fc.Arbitrary<Federation> {
  readonly #operations: number;

  /** `operations`: how many are tried to be made for each federation. */
  constructor(operations: number) {
    super();
    this.#operations = operations;
  }

  override generate(random: fc.Random): fc.Value<Federation> {
    const choice = new Choice((min, max) => random.nextInt(min, max));
    const model = randomSchema(choice);
    const subgraphs = Object.fromEntries(
      model.subgraphs.map((subgraph) => [subgraph.name, subgraph.print()]),
    );
    const data = randomData(model, choice);
    const schema = mergedSchema(readSubgraphs({ subgraphs }));
    const operations = Array.from({ length: this.#operations }, () =>
      randomOperation(schema, choice, choice.chance(MUTATIONS) ? 'mutation' : 'query'),
    ).filter((operation) => operation !== undefined);
    return printable({ subgraphs, data, operations });
  }

  override canShrinkWithoutContext(value: unknown): value is Federation {
    return typeof value === 'object' && value !== null && 'subgraphs' in value;
  }

  override shrink(federation: Federation): fc.Stream<fc.Value<Federation>> {
    return fc.stream(smallerFederations(federation)).map(printable);
  }
}

/** fast-check prints it as one would write it down. */
function printable(federation: Federation): fc.Value<Federation> {
  const printed = { ...federation, [fc.toStringMethod]: () => printFederation(federation) };
  return new fc.Value(printed, undefined);
}
