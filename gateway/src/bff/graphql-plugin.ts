/**
 * Plugins of Apollo Server on a BFF's GraphQL face: `defineBff({ plugins: [...] })`. The types here are as loose as they
 * can be, so that whatever is an `ApolloServerPlugin` fits, and this door needs no library.
 */
import type { Identity } from '../core/identity.ts';

type Hook = (...values: never[]) => unknown;

/** Any `ApolloServerPlugin<GraphqlContext>` of @apollo/server. */
export interface GraphqlPlugin {
  serverWillStart?: Hook;
  requestDidStart?: Hook;
  contextCreationDidFail?: Hook;
  invalidRequestWasReceived?: Hook;
  unexpectedErrorProcessingRequest?: Hook;
  startupDidFail?: Hook;
}

/** What plugins find as `contextValue`. */
export interface GraphqlContext {
  /** The request: its id, who asks, and by when an answer is due. */
  readonly exchange: { readonly id: string; readonly identity: Identity | undefined };
}
