/** A store that is gone for good: nothing can be told to it. */
import { storeGone } from '../../state/store.ts';

export const noSettle = (): Promise<number> => Promise.reject(storeGone('test'));
