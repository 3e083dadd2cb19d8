/** A user's preferences as the REST service `users` tells and takes them. */
import { LANGUAGES, type Preferences, VEHICLE_CLASSES } from '../data/types.ts';
import { Problem } from '../http/problem.ts';
import { isRecord } from '../http/request-body.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function preferencesJson(preferences: Preferences) {
  const { language, pushNotifications, emailReceipts, newsletter, favouriteVehicle } = preferences;
  return {
    language: language.toLowerCase(),
    push_notifications: pushNotifications,
    email_receipts: emailReceipts,
    newsletter,
    favourite_vehicle: favouriteVehicle?.toLowerCase() ?? null,
  };
}

const MEMBERS = ['language', 'push_notifications', 'email_receipts', 'newsletter', 'favourite_vehicle'];

/** What is to be changed. Throws a `Problem` that names what is wrong. */
export function preferenceChanges(body: unknown): Partial<Preferences> {
  if (!isRecord(body)) throw new Problem(422, 'the preferences must be an object');
  const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw new Problem(422, `no preference is called '${unknown}'`);
  const changes: Partial<Writable<Preferences>> = {};
  const { language, favourite_vehicle: vehicle } = body;
  if (language !== undefined) changes.language = oneOf(LANGUAGES, language, 'language');
  if (vehicle === null) changes.favouriteVehicle = null;
  else if (vehicle !== undefined) {
    changes.favouriteVehicle = oneOf(VEHICLE_CLASSES, vehicle, 'favourite_vehicle');
  }
  const push = flag(body.push_notifications, 'push_notifications');
  if (push !== undefined) changes.pushNotifications = push;
  const receipts = flag(body.email_receipts, 'email_receipts');
  if (receipts !== undefined) changes.emailReceipts = receipts;
  const newsletter = flag(body.newsletter, 'newsletter');
  if (newsletter !== undefined) changes.newsletter = newsletter;
  return changes;
}

function flag(value: unknown, name: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new Problem(422, `'${name}' must be true or false`);
}

/** One of the choices, which are in upper case, by its text in lower case. */
function oneOf<T extends string>(choices: readonly T[], value: unknown, name: string): T {
  const found = choices.find((choice) => choice.toLowerCase() === value);
  if (found !== undefined) return found;
  const known = choices.map((choice) => choice.toLowerCase()).join(', ');
  throw new Problem(422, `'${name}' must be one of ${known}`);
}
