/** A flow as a field of the root type `Mutation`. Its key is the request's field, or the argument `idempotencyKey`. */
import { type GraphQLObjectType, getNamedType, isNonNullType, isRequiredArgument } from 'graphql';
import type { Flow } from '../../bff/flow/flow.ts';
import { argumentsOf, bindArguments } from './arguments.ts';
import type { OperationField } from './graphql-screen.ts';
import { readKey } from './idempotency-key.ts';
import type { RequestRuns } from './request-runs.ts';

const KEY = 'idempotencyKey';

/** Hangs the flow's resolver on the schema. What does not fit goes to `faults`, a line each. */
export function bindFlow(flow: Flow, root: GraphQLObjectType, field: OperationField, faults: string[]): void {
  const where = `${root.name}.${flow.field}`;
  if (isNonNullType(field.type)) {
    faults.push(`${where}: the flow may fail beside others of one request, so it must be nullable`);
  }
  const key = field.args.find(({ name }) => name === KEY);
  if (key && getNamedType(key.type).name !== 'String' && getNamedType(key.type).name !== 'ID') {
    faults.push(`${where}: argument ${KEY} must be a String or an ID`);
  }
  if (key && isRequiredArgument(key) && flow.idempotency === 'optional') {
    faults.push(`${where}: argument ${KEY} may be left out, so it must be nullable`);
  }
  bindArguments(flow, root.name, { name: field.name, args: field.args.filter((one) => one !== key) }, faults);
  field.resolve = async (_source, { [KEY]: said, ...given }, runs: RequestRuns, { path }) => {
    const input = argumentsOf(flow, given);
    const refused = await runs.refusalOf(flow);
    if (refused) throw refused;
    const argument = said === undefined || said === null ? undefined : readKey(String(said));
    return runs.flows.run(flow, input, String(path.key), argument);
  };
}
