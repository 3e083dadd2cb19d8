/**
 * Orders a ride that an organization pays for, as its application asks for it: the same promise as `requestRide`. What the
 * application, the member and the cost center may do is found out before anything is held.
 */
import { z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { holdDriver, letGo } from '../rides/driver.ts';
import { corporatePayer } from '../rides/membership.ts';
import { rideRequest } from '../rides/places.ts';
import { agreedPrice } from '../rides/price.ts';
import { authorizeFare, cancelTrip, makeTrip, tellRider, toOrdered, voidFare } from '../rides/ride-steps.ts';

const id = z.string().min(1).max(64);
const { step, flow } = backends.takes(
  z.object({ booker: id, rider: id.optional(), costCenter: id.optional(), ...rideRequest }),
);

const payer = step((doors) => corporatePayer(doors, doors.input));

const price = step((doors) => agreedPrice(doors, doors.input, doors.input.rider ?? doors.input.booker));

const driver = step((doors) => holdDriver(doors, doors.input.pickup, doors.input.vehicleClass), {
  undo: letGo,
});

const payment = step((doors) => authorizeFare(doors, doors.input, doors.use('payer')), {
  uses: { payer },
  undo: voidFare,
});

const trip = step(
  (doors) =>
    makeTrip(doors, doors.input, doors.use('payer'), {
      driver: doors.use('driver'),
      payment: doors.use('payment'),
    }),
  { uses: { payer, driver, payment }, undo: cancelTrip },
);

const notification = step(
  (doors) => {
    const { name, vehicle, plate } = doors.use('driver');
    return tellRider(
      doors,
      doors.use('payer').rider,
      'Your ride is on its way',
      `${name}, ${vehicle}, ${plate}`,
    );
  },
  { uses: { payer, driver }, optional: true, repeatable: true, retry: 2, timeout: '2s' },
);

export const requestCorporateRide = flow({
  path: '/corporate/rides',
  field: 'requestCorporateRide',
  scopes: ['rides:order'],
  deadline: '5s',
  status: 201,
  steps: [{ payer, price }, { driver }, { payment }, { trip }, { notification }],
  answer: ({ use }) => toOrdered(use('trip'), use('driver'), use('payment')),
});
