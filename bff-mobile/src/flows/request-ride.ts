/**
 * Orders a ride for the caller: the driver held, the fare authorised, the trip made, the rider told; or none of it. All that
 * can be refused without holding anything is asked first. Behind the trip nothing can go wrong any more.
 */
import { z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { holdDriver, letGo } from '../rides/driver.ts';
import { rideRequest } from '../rides/places.ts';
import { agreedPrice } from '../rides/price.ts';
import { authorizeFare, cancelTrip, makeTrip, tellRider, toOrdered, voidFare } from '../rides/ride-steps.ts';

const { step, flow } = backends.takes(z.object(rideRequest));

const rider = step(async ({ rest, identity }) => {
  const { id, name } = await rest.users.get('/users/{id}', { path: { id: identity.subject } });
  return { id, name };
});

const price = step((doors) => agreedPrice(doors, doors.input, doors.identity.subject));

const driver = step((doors) => holdDriver(doors, doors.input.pickup, doors.input.vehicleClass), {
  undo: letGo,
});

const payment = step(
  (doors) => authorizeFare(doors, doors.input, { rider: doors.use('rider').id, user: doors.use('rider').id }),
  { uses: { rider }, undo: voidFare },
);

const trip = step(
  (doors) => {
    const { id } = doors.use('rider');
    const made = { driver: doors.use('driver'), payment: doors.use('payment') };
    return makeTrip(doors, doors.input, { rider: id, user: id }, made);
  },
  { uses: { rider, driver, payment }, undo: cancelTrip },
);

const notification = step(
  (doors) => {
    const { name, vehicle, plate } = doors.use('driver');
    return tellRider(
      doors,
      doors.use('rider').id,
      'Your ride is on its way',
      `${name}, ${vehicle}, ${plate}`,
    );
  },
  { uses: { rider, driver }, optional: true, repeatable: true, retry: 2, timeout: '2s' },
);

export const requestRide = flow({
  path: '/rides',
  field: 'requestRide',
  scopes: ['rides:order'],
  deadline: '5s',
  status: 201,
  steps: [{ rider, price }, { driver }, { payment }, { trip }, { notification }],
  answer: ({ use }) => toOrdered(use('trip'), use('driver'), use('payment')),
});
