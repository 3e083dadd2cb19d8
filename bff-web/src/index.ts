/** The web team's BFF: the same company on a large screen. */
import { defineBff } from '@frontdesk/gateway/bff';
import { backends } from './backends.ts';
import { dashboard } from './screens/dashboard.ts';

export default defineBff({
  name: 'web',
  schema: new URL('./schema.graphql', import.meta.url),
  backends,
  screens: [dashboard],
});
