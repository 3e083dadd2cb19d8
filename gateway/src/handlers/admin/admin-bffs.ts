/**
 * `GET /admin/bffs`: how each BFF does; `POST /admin/bffs/NAME/reload`: another process takes the place of the one that the
 * gateway runs for it, with the code and the configuration that are there now.
 */
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Reply } from '../../core/exchange.ts';
import { allow, answerJson } from './admin-http.ts';

export const BFFS_PATH = '/admin/bffs';

export interface AdminBffs {
  readonly view: () => unknown;
  /**
   * How it stands afterwards; `undefined` where no BFF of that name has a process of the gateway's. Rejects where the new one
   * does not serve: the old one goes on.
   */
  readonly reload: (name: string) => Promise<unknown>;
}

const RELOAD = /^\/admin\/bffs\/([A-Za-z0-9_.~-]+)\/reload$/;

export async function answerBffs(bffs: AdminBffs, exchange: Exchange): Promise<Reply> {
  if (exchange.path === BFFS_PATH) {
    allow(exchange, ['GET', 'HEAD']);
    return answerJson(exchange, 200, bffs.view());
  }
  const name = RELOAD.exec(exchange.path)?.[1];
  if (name === undefined) throw new FrontdeskError('not_found');
  allow(exchange, ['POST']);
  exchange.body.discard(new FrontdeskError('bad_request', { detail: 'a reload has no body' }));
  let view: unknown;
  try {
    view = await bffs.reload(name);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FrontdeskError('upstream_unavailable', {
      detail: reason,
      members: { reasons: [`the old process goes on: ${reason}`] },
    });
  }
  if (view === undefined)
    throw new FrontdeskError('not_found', { detail: 'no BFF of that name has a process of its own here' });
  return answerJson(exchange, 200, view);
}
