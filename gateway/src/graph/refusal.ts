/** A request that is not executed, as the client reads it: GraphQL's request errors (§7.1.2), all public. */
import type { GraphQLError } from 'graphql';
import type { FrontdeskError } from '../core/errors.ts';
import type { GraphError } from './answer/project.ts';
import { type PathKey, pluginMembers } from './execute/failure.ts';

export class Refusal {
  readonly errors: readonly GraphError[];
  /** `document`: well-formed, but no valid GraphQL request. `refused`: we will not serve it. */
  readonly kind: 'document' | 'refused';
  /** The status of HTTP, where it can be told. */
  readonly status: number;

  constructor(kind: 'document' | 'refused', status: number, errors: readonly GraphError[]) {
    this.kind = kind;
    this.status = status;
    this.errors = errors;
  }

  static of(error: FrontdeskError): Refusal {
    const why = pluginMembers(error);
    const reason = why ? undefined : error.members.reason;
    const message = typeof reason === 'string' ? reason : error.message;
    const entry = { message, extensions: { code: error.code.toUpperCase(), ...why } };
    const errors = pathsOf(error).map((path) => ({ ...entry, path }));
    return new Refusal('refused', error.status, errors.length > 0 ? errors : [entry]);
  }
}

/** An error of ours as the JSON text of a list, one entry for each place that it names: `errors` of an answer, the payload of a socket's `error` message. */
export function errorList(error: FrontdeskError): string {
  return JSON.stringify(Refusal.of(error).errors);
}

/** The JSON text of a response that holds an error of ours alone. */
export function errorText(error: FrontdeskError): string {
  return `{"errors":${errorList(error)}}`;
}

/** One of graphql-js's own errors. (Suggestions are off: they tell names of the schema.) */
export function requestError(error: GraphQLError): GraphError {
  return {
    message: error.message,
    ...(error.locations && { locations: error.locations.map(({ line, column }) => ({ line, column })) }),
    extensions: { code: 'INVALID_QUERY' },
  };
}

/** The places that an error is about, where it names them. */
function pathsOf({ members }: FrontdeskError): (readonly PathKey[])[] {
  const { paths } = members;
  return Array.isArray(paths) ? paths.filter((path) => Array.isArray(path)) : [];
}
