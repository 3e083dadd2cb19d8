/** What tests of a BFF's clients share: a small BFF, and an upstream that records what it is asked. */
import { document, json } from '../../bff/backend.ts';
import { defineBackends } from '../../bff/definition.ts';
import type { GraphClient } from '../../bff/graph-client.ts';
import { ScreenRun } from '../../bff/screen/engine.ts';
import type { Part } from '../../bff/screen/part.ts';
import { WholeBody } from '../../core/body.ts';
import type { CallContext } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn, makeIdentity } from '../../core/testing/exchange.ts';
import type { CallUpstream, UpstreamRequest } from '../../core/upstream-call.ts';
import { BffClients } from './clients.ts';

export interface User {
  readonly id: string;
}

const batch = { path: '/users', param: 'ids', key: 'id', items: 'users' };
export const { backends, part, screen } = defineBackends({
  users: {
    get: {
      '/users/{id}': json<User>({ batch }),
      '/plain/{id}': json<User>(),
      '/search': json<string[]>(),
    },
    post: { '/users': json<User>() },
  },
});
export const Orders = document<{ orders: readonly string[] | null }, { user: string }>(
  'query Orders { orders }',
);

/** Runs parts against an upstream that answers by `answer`; a rejection is the call's, `undefined` a 404. */
export function run(
  parts: Readonly<Record<string, Part>>,
  answer: (request: UpstreamRequest) => unknown,
  graph?: GraphClient,
  more: Partial<CallContext> = { identity: makeIdentity() },
) {
  const clock = new ManualClock();
  const context = { ...contextOn(clock), ...more };
  const asked: UpstreamRequest[] = [];
  const callUpstream: CallUpstream = async (request) => {
    asked.push(request);
    const gone = new Promise<never>((_, reject) => request.context.cancellation.onCancel(reject));
    const value = await Promise.race([answer(request), gone]);
    const headers = HeaderFields.of({ 'content-type': 'application/json' });
    const body = new WholeBody(value === undefined ? '{}' : JSON.stringify(value));
    return { status: value === undefined ? 404 : 200, headers, body, settled: new Promise(() => {}) };
  };
  const clients = new BffClients(backends, { callUpstream, graph });
  const definition = screen({ path: '/s', field: 's', parts });
  const screenRun = new ScreenRun(definition, { context, clock, openClients: clients.forRequest() });
  return { clock, asked, run: screenRun };
}

export const userOf = ({ path }: UpstreamRequest) => ({ id: path.split('/').at(-1) });

/** The list's answer, in another order than asked, without user 3. */
export function listOf({ path }: UpstreamRequest) {
  const ids = (path.split('ids=')[1] ?? '').split(',').filter((id) => id !== '3');
  return { users: ids.reverse().map((id) => ({ id })) };
}

export const readUser = (id: string) => part(({ rest }) => rest.users.get('/users/{id}', { path: { id } }));
