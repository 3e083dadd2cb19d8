/**
 * Examples of operations, held to what they are examples of when the BFF is mounted: an input that the operation would
 * refuse, or an answer that its schema rules out, is a fault of the BFF and not of who believes the document.
 */
import { isDeepStrictEqual } from 'node:util';
import type { GraphQLSchema } from 'graphql';
import { type BffOperations, operationsOf } from '../../../bff/definition.ts';
import { FrontdeskError } from '../../../core/errors.ts';
import { AnswerGap, type AnswerShapes } from '../answer-shape.ts';

const ROOTS = { screen: 'getQueryType', flow: 'getMutationType', live: 'getSubscriptionType' } as const;

/** A line for each fault. */
export function exampleFaults(bff: BffOperations, schema: GraphQLSchema, shapes: AnswerShapes): string[] {
  const faults: string[] = [];
  for (const { kind, field, input, examples } of operationsOf(bff)) {
    const type = schema[ROOTS[kind]]()?.getFields()[field]?.type;
    for (const [name, example] of Object.entries(examples)) {
      const where = `${kind} ${field}: example ${name}`;
      if (example.input) {
        const said = input ? inputFault(() => input.parse(example.input ?? {})) : 'it is told nothing';
        if (said !== undefined) faults.push(`${where}: its input: ${said}`);
      }
      if (type && example.answer !== undefined) {
        const said = answerFault(example.answer, shapes.of(type, `${kind} ${field}`));
        if (said !== undefined) faults.push(`${where}: its answer: ${said}`);
      }
    }
  }
  return faults;
}

function inputFault(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof FrontdeskError)) throw thrown;
    const { errors } = thrown.members;
    const faults = Array.isArray(errors) ? errors : [];
    return faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ');
  }
}

function answerFault(answer: unknown, complete: ReturnType<AnswerShapes['of']>): string | undefined {
  const gaps: AnswerGap[] = [];
  let made: unknown;
  try {
    made = complete(answer, undefined, { refused: undefined, gaps });
  } catch (thrown) {
    if (!(thrown instanceof AnswerGap)) throw thrown;
    gaps.push(thrown);
  }
  if (gaps.length > 0) return gaps.map(({ message }) => message).join('; ');
  const extra = unshown(answer, made, '');
  return extra === undefined ? undefined : `${extra} is not in the schema, or is written otherwise`;
}

/** The first place where an example says something that the answer would not. */
function unshown(example: unknown, made: unknown, path: string): string | undefined {
  if (typeof example !== 'object' || example === null || typeof made !== 'object' || made === null) {
    return isDeepStrictEqual(example, made) ? undefined : path;
  }
  for (const [name, value] of Object.entries(example)) {
    const found = unshown(value, Reflect.get(made, name), path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
