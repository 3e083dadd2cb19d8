/** The mobile team's BFF: what the phone shows first, small enough for a bad connection, and how it orders a ride. */
import { defineBff } from '@frontdesk/gateway/bff';
import { backends } from './backends.ts';
import { cancelRide } from './flows/cancel-ride.ts';
import { requestCorporateRide } from './flows/request-corporate-ride.ts';
import { requestRide } from './flows/request-ride.ts';
import { rideLive } from './live/ride.ts';
import { dashboard } from './screens/dashboard.ts';
import { order } from './screens/order.ts';
import { quote } from './screens/quote.ts';
import { ride } from './screens/ride.ts';
import { rideProgress } from './screens/ride-progress.ts';
import { trip } from './screens/trip.ts';

export default defineBff({
  name: 'mobile',
  schema: new URL('./schema.graphql', import.meta.url),
  backends,
  screens: [dashboard, order, trip, ride, quote, rideProgress],
  flows: [requestRide, requestCorporateRide, cancelRide],
  live: [rideLive],
});
