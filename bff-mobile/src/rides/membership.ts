/** Who may order in the name of an organization: an application of its own, for its members. */
import { refuse } from '@frontdesk/gateway/bff';
import type { Doors } from '../backends.ts';
import type { Organization } from '../generated/upstreams/users.ts';

export interface CorporateOrder {
  /** Who orders. */
  readonly booker: string;
  /** Who rides; the booker where left out. */
  readonly rider?: string | undefined;
  /** The booker's own where left out. */
  readonly costCenter?: string | undefined;
}

/** The organization of a user that the asking application may speak for; `undefined` for a person's own token. */
export async function organizationOf(
  { rest, identity }: Pick<Doors, 'rest' | 'identity'>,
  user: string,
): Promise<Organization | undefined> {
  const { consumer } = identity;
  if (consumer === undefined) return undefined;
  const { organizations } = await rest.users.get('/organizations', { query: { user } });
  return organizations.find(({ applications }) => applications.includes(consumer));
}

/** Who pays for an order. Refuses with `notOfOrganization`, `mayNotOrder` or `noSuchCostCenter`. */
export async function corporatePayer(doors: Doors, { booker, rider = booker, costCenter }: CorporateOrder) {
  const organization = await organizationOf(doors, booker);
  const ordering = organization?.members.find(({ user }) => user === booker);
  const riding = organization?.members.some(({ user }) => user === rider);
  if (!organization || !ordering || !riding) throw no(403, 'Not of your organization', 'notOfOrganization');
  if (!ordering.may_order) throw no(403, 'The member may not order', 'mayNotOrder');
  const center = costCenter ?? ordering.cost_center;
  if (!organization.cost_centers.some(({ id }) => id === center)) {
    throw no(422, 'There is no such cost center', 'noSuchCostCenter');
  }
  return { rider, user: booker, account: organization.id, costCenter: center };
}

function no(status: number, title: string, reason: string) {
  return refuse({ status, title, members: { reason } });
}
