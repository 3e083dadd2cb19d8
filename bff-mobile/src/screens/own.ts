/**
 * Whose a thing is. Every part asks for the owner together with what it shows, for a caller may ask for any part alone
 * (`?fields=delivery`): none may lean on another to have looked.
 */
import { FrontdeskError, type Identity } from '@frontdesk/gateway/bff';

/** Throws `not_found` where there is none, and where it is somebody else's: nobody learns which. */
export function own<Found>(
  found: Found | null | undefined,
  ownerOf: (found: Found) => string | undefined,
  { subject }: Pick<Identity, 'subject'>,
): Found {
  if (found === null || found === undefined || ownerOf(found) !== subject) {
    throw new FrontdeskError('not_found');
  }
  return found;
}
