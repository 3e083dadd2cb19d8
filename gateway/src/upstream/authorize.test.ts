import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { authorize } from './authorize.ts';
import { UpstreamCall } from './call.ts';
import { context, identity, request } from './testing/harness.ts';

test('all the scopes, or 403; nobody and the gateway itself have none', async () => {
  const policy = authorize('users', ['users:read', 'users:write']);
  const reached = new Error('reached');
  const attempt = (scopes: string[] | undefined): Promise<unknown> => {
    const caller = context(scopes ? { identity: identity({ scopes: new Set(scopes) }) } : {});
    return policy(new UpstreamCall(request({ context: caller })), () => Promise.reject(reached));
  };
  const refused = (error: unknown): boolean =>
    error instanceof FrontdeskError && error.code === 'insufficient_scope' && error.status === 403;
  await assert.rejects(attempt(['users:write', 'users:read', 'more']), (error) => error === reached);
  await assert.rejects(attempt(['users:read']), refused);
  await assert.rejects(attempt([]), refused);
  await assert.rejects(attempt(undefined), refused);
});
