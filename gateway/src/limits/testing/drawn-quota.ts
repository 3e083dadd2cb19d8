/** The quota that `quota-drawer.ts` draws from, for whoever looks afterwards. */
import { fixedWindowSpec } from '../algorithms/fixed-window.ts';

export const drawn = {
  spec: fixedWindowSpec('drawn', { algorithm: 'fixed-window', limit: 1_000_000, window: 'month' }),
  key: ['drawn'],
};
