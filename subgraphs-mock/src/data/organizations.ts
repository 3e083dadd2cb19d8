/**
 * The companies that pay for their people's rides. `acme` is the demo's partner, `globex` can pay for hardly one ride,
 * and `initech` has not paid its bills.
 */
import type { Member, Organization } from './types.ts';

function member(user: string, role: Member['role'], costCenter: string): Member {
  return { user, role, costCenter, mayOrder: role !== 'rider' };
}

const SALES = { id: 'sales', name: 'Sales' };
const ENGINEERING = { id: 'engineering', name: 'Engineering' };

const ALL: readonly Organization[] = [
  {
    id: 'acme',
    name: 'Acme Logistics',
    status: 'active',
    applications: ['acme', 'acme-backend'],
    budget: { amount: 500_000, currency: 'EUR' },
    costCenters: [SALES, ENGINEERING],
    members: [
      member('42', 'booker', 'sales'),
      member('7', 'admin', 'engineering'),
      member('8', 'rider', 'sales'),
      member('9', 'rider', 'engineering'),
    ],
  },
  {
    id: 'globex',
    name: 'Globex',
    status: 'active',
    applications: ['globex'],
    budget: { amount: 3_000, currency: 'EUR' },
    costCenters: [SALES],
    members: [member('21', 'admin', 'sales'), member('22', 'rider', 'sales')],
  },
  {
    id: 'initech',
    name: 'Initech',
    status: 'suspended',
    applications: ['initech'],
    budget: { amount: 100_000, currency: 'EUR' },
    costCenters: [ENGINEERING],
    members: [member('31', 'admin', 'engineering')],
  },
];

export const ORGANIZATIONS: ReadonlyMap<string, Organization> = new Map(
  ALL.map((organization) => [organization.id, organization]),
);

export function organizationsOf(userId: string): readonly Organization[] {
  return ALL.filter(({ members }) => members.some(({ user }) => user === userId));
}
