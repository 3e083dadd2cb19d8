/** A ride on the phone as it goes, until it is over: its first answer is the screen's, so that strangers get none. */
import { RideUpdated } from '../generated/operations.ts';
import { rideKit, rideProgress, toPosition } from '../screens/ride-progress.ts';

const { feed, live } = rideKit;

const STATUSES = {
  REQUESTED: 'requested',
  UNDER_WAY: 'under_way',
  COMPLETED: 'completed',
  CANCELLED: 'cancelled',
} as const;

export const rideLive = live({
  path: '/rides/{id}/live',
  field: 'rideLive',
  scopes: ['rides:order'],
  screen: rideProgress,
  updates: {
    status: feed(({ graph, input: { id } }) => graph.subscribe(RideUpdated, { id }), {
      required: true,
      shape: ({ tripUpdated }) => STATUSES[tripUpdated.status],
    }),
    position: feed(({ graph, input: { id } }) => graph.subscribe(RideUpdated, { id }), {
      shape: ({ tripUpdated }) => toPosition(tripUpdated.progress),
    }),
    etaSeconds: feed(({ graph, input: { id } }) => graph.subscribe(RideUpdated, { id }), {
      shape: ({ tripUpdated }) => tripUpdated.progress.etaSeconds,
    }),
  },
  until: { status: (status) => status === 'completed' || status === 'cancelled' },
  idle: '15m',
  maxPerCaller: 5,
});
