/** The arguments of an operation's field, held to its input: checked when the schema is bound, read when it is asked. */
import { type GraphQLField, isListType, isNonNullType, isRequiredArgument } from 'graphql';
import { NO_INPUT } from '../../bff/input.ts';
import type { Operation } from '../../bff/operation.ts';

/** The checked input. Throws `invalid_request`. An argument that is null says nothing, as one that is absent. */
export function argumentsOf(
  { input }: Pick<Operation, 'input'>,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!input) return NO_INPUT;
  const said: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) if (value !== null) said[name] = plain(value);
  return input.parse(said);
}

/** GraphQL's values have no prototype; what the input's schema and `JSON` make of them has. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

/** Every member of the input is an argument, and every argument a member; what must be said is non-null. */
export function bindArguments(
  { kind, path, input }: Pick<Operation, 'kind' | 'path' | 'input'>,
  root: string,
  field: Pick<GraphQLField<unknown, unknown>, 'name' | 'args'>,
  faults: string[],
): void {
  const where = `${root}.${field.name}`;
  for (const argument of field.args) {
    const member = input?.members.get(argument.name);
    if (!member) {
      faults.push(`${where}: argument ${argument.name} is no member of the input of ${kind} ${path}`);
      continue;
    }
    const type = isNonNullType(argument.type) ? argument.type.ofType : argument.type;
    if (isListType(type) !== member.list) {
      faults.push(`${where}: argument ${argument.name} must ${member.list ? '' : 'not '}be a list`);
    }
    if (member.required && !isNonNullType(argument.type)) {
      faults.push(`${where}: argument ${argument.name} must be given, so write ${argument.type}!`);
    }
    if (!member.required && isRequiredArgument(argument)) {
      faults.push(`${where}: argument ${argument.name} may be left out, so it must be nullable`);
    }
  }
  for (const name of input?.members.keys() ?? []) {
    if (!field.args.some((argument) => argument.name === name)) {
      faults.push(`${where}: the input of ${kind} ${path} has ${name}, but there is no such argument`);
    }
  }
}
