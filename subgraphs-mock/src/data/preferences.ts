/** What users prefer: always the same of the same user, until the user says otherwise. */
import { LANGUAGES, type Preferences, type User, VEHICLE_CLASSES } from './types.ts';

export class PreferenceBook {
  readonly #stated = new Map<string, Preferences>();

  of({ id }: Pick<User, 'id'>): Preferences {
    return this.#stated.get(id) ?? generated(Number(id));
  }

  /** Puts what is given in the place of what was, and leaves the rest. */
  update(user: Pick<User, 'id'>, changes: Partial<Preferences>): Preferences {
    const after = { ...this.of(user), ...changes };
    this.#stated.set(user.id, after);
    return after;
  }
}

function generated(n: number): Preferences {
  return {
    language: LANGUAGES[n % LANGUAGES.length] ?? 'EN',
    pushNotifications: n % 4 !== 0,
    emailReceipts: n % 2 === 0,
    newsletter: n % 5 === 0,
    favouriteVehicle: n % 3 === 0 ? (VEHICLE_CLASSES[n % VEHICLE_CLASSES.length] ?? null) : null,
  };
}
