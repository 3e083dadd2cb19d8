/** A planner's channel under test: what it told, as promises. */
import type { PlannerChannel, PlannerEvents } from '../plan/planner-host.ts';

export interface OpenChannel {
  readonly channel: PlannerChannel;
  /** The next message. */
  next(): Promise<unknown>;
  /** How it ended. */
  readonly ended: Promise<string>;
}

export function openChannel(open: (events: PlannerEvents) => PlannerChannel): OpenChannel {
  const ended = Promise.withResolvers<string>();
  let message = Promise.withResolvers<unknown>();
  const channel = open({ message: (told) => message.resolve(told), ended: ended.resolve });
  return {
    channel,
    ended: ended.promise,
    async next() {
      const told = await message.promise;
      message = Promise.withResolvers<unknown>();
      return told;
    },
  };
}
