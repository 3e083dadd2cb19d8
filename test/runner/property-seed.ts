/** Loaded before the files that hold property tests: those take the seed of the run, and tell it when they fail. */
import fc from 'fast-check';
import { seedOf } from './seed.ts';

fc.configureGlobal({ seed: seedOf(process.env.FRONTDESK_SEED) });
