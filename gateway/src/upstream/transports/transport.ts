/** How a call reaches one endpoint. A protocol is a file of this folder. */
import type { UpstreamReply } from '../../core/upstream-call.ts';
import type { UpstreamCall } from '../call.ts';

export interface Transport {
  /**
   * Sends the call and resolves at the reply's head. Sets `call.running` before it returns. Rejects with a
   * `FrontdeskError`, or with the reason of the exchange's cancellation.
   */
  send(call: UpstreamCall): Promise<UpstreamReply>;
  /** Stops taking calls; resolves when those under way are done and every connection is closed. */
  close(): Promise<void>;
}
