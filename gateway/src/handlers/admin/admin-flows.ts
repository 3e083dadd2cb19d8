/** What operators see of flows, `GET /admin/flows`, and how a stuck one is tried again: `POST /admin/flows/{id}/retry`. */
import { FrontdeskError } from '../../core/errors.ts';
import type { Handler } from '../../core/exchange.ts';
import { allow, answerJson } from './admin-http.ts';

export interface AdminFlows {
  /** Runs that are open or stuck, as plain data. */
  view(): Promise<unknown>;
  /** False where no stuck run is called so. */
  retry(id: string): Promise<boolean>;
}

export const FLOWS_PATH = '/admin/flows';
const RETRY = /^\/admin\/flows\/([A-Za-z0-9_-]{1,64})\/retry$/;

/** Everything below `/admin/flows`. */
export function flowsHandler(flows: AdminFlows): Handler {
  return async (exchange) => {
    if (exchange.path === FLOWS_PATH) {
      allow(exchange, ['GET', 'HEAD']);
      return answerJson(exchange, 200, await flows.view());
    }
    const id = RETRY.exec(exchange.path)?.[1];
    if (id === undefined) throw new FrontdeskError('not_found');
    allow(exchange, ['POST']);
    if (!(await flows.retry(id))) throw new FrontdeskError('not_found');
    return answerJson(exchange, 202, { id, state: 'open' });
  };
}
