/** For tests: two plugins of a gateway, a middleware and a policy, that note where they ran and do what a test says. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { PluginMiddleware, PluginPolicy } from '../plugin/definition.ts';
import { behaviours } from '../plugin/scripted.fixture.ts';
import { policies } from '../plugin/scripted-policy.fixture.ts';

const fixture = (name: string) => join(import.meta.dirname, `../plugin/${name}.fixture.ts`);
export const plugins = [
  { package: fixture('scripted'), name: 'seen', config: { does: 'seen' } },
  { package: fixture('scripted-policy'), name: 'called', config: { does: 'called' } },
];

/** What both plugins do, and where they ran. */
export function scripted(t: TestContext) {
  const ran: string[] = [];
  const pass: PluginMiddleware & PluginPolicy = (_, next) => next();
  const does: { seen: PluginMiddleware; called: PluginPolicy } = { seen: pass, called: pass };
  behaviours.set('seen', (request, next) => {
    ran.push(`${request.kind} ${request.route}`);
    return does.seen(request, next);
  });
  policies.set('called', (call, next) => {
    ran.push(`call ${call.upstream}`);
    return does.called(call, next);
  });
  t.after(() => {
    behaviours.delete('seen');
    policies.delete('called');
  });
  const passOn = () => Object.assign(does, { seen: pass, called: pass });
  return { ran, does, passOn };
}

export const throws = (): never => {
  throw new Error('boom');
};
export const throwsAfter: PluginMiddleware & PluginPolicy = async (_, next) => {
  await next();
  return throws();
};
export const FACES = ['seen', 'called'] as const;
