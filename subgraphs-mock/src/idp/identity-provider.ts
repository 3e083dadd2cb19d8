/**
 * The identity provider as a service. `POST /__rotate` puts a new key in front and drops the oldest, so that
 * tokens signed before it still verify once; with `{"all": true}` every key is replaced, as after a theft.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createDataset } from '../data/dataset.ts';
import type { Answer } from '../http/problem.ts';
import { isRecord, readJson } from '../http/request-body.ts';
import type { ServiceParts } from '../http/server.ts';
import { generateSigningKey } from './keys.ts';
import { answerLogin, INTERACTION_PATH } from './login.ts';
import { createProvider } from './provider.ts';
import { createStorage } from './storage.ts';

const KEY_COUNT = 2;

export async function createIdentityProvider(issuer: string): Promise<ServiceParts> {
  const { users } = createDataset();
  const adapter = createStorage();
  const cookieKey = randomBytes(32).toString('base64url');
  const isUser = (id: string) => users.has(id);
  const freshKeys = (count: number) => Promise.all(Array.from({ length: count }, generateSigningKey));
  // The provider can't be given other keys, so a rotation builds it anew over the same storage.
  const build = () => {
    const provider = createProvider({ issuer, users, keys, adapter, cookieKey });
    return { provider, callback: provider.callback() };
  };

  let keys = await freshKeys(KEY_COUNT);
  let current = build();

  const rotate = async (request: IncomingMessage): Promise<Answer> => {
    const body = Number(request.headers['content-length']) > 0 ? await readJson(request) : {};
    const all = isRecord(body) && body.all === true;
    const fresh = await freshKeys(all ? KEY_COUNT : 1);
    keys = [...fresh, ...keys].slice(0, KEY_COUNT);
    current = build();
    return { status: 200, body: { keys: keys.length, replaced: fresh.length } };
  };

  return {
    controls: { 'POST /__rotate': rotate },
    handle(request, response) {
      if (request.url?.startsWith(INTERACTION_PATH)) {
        return answerLogin(current.provider, isUser, request, response);
      }
      return current.callback(request, response);
    },
  };
}
