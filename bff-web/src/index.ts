/** The web team's BFF: the same company on a large screen. */
import { defineBff } from '@frontdesk/gateway/bff';
import { backends } from './backends.ts';
import { updatePreferences } from './flows/update-preferences.ts';
import { updateProfile } from './flows/update-profile.ts';
import { account } from './screens/account.ts';
import { dashboard } from './screens/dashboard.ts';
import { orders } from './screens/orders.ts';
import { search } from './screens/search.ts';

export default defineBff({
  name: 'web',
  schema: new URL('./schema.graphql', import.meta.url),
  backends,
  screens: [dashboard, orders, search, account],
  flows: [updateProfile, updatePreferences],
});
