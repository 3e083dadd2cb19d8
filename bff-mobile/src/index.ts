/** The mobile team's BFF: what the phone shows first, small enough for a bad connection. */
import { defineBff } from '@frontdesk/gateway/bff';
import { backends } from './backends.ts';
import { dashboard } from './screens/dashboard.ts';
import { ride } from './screens/ride.ts';

export default defineBff({
  name: 'mobile',
  schema: new URL('./schema.graphql', import.meta.url),
  backends,
  screens: [dashboard, ride],
});
