/** An organization as the REST service `users` tells of it. */
import type { Member, Organization } from '../data/types.ts';

export function memberJson({ user, role, costCenter, mayOrder }: Member) {
  return { user, role, cost_center: costCenter, may_order: mayOrder };
}

export function organizationJson(organization: Organization) {
  const { id, name, status, applications, budget, costCenters, members } = organization;
  return {
    id,
    name,
    status,
    applications,
    budget,
    cost_centers: costCenters,
    members: members.map(memberJson),
  };
}
