/** A driver as the phone shows one who may come. */
import type { Driver } from '../generated/upstreams/dispatch.ts';

export function toTile(found: Driver | null) {
  if (!found) return null;
  const { id, name, vehicle, distanceMeters, eta } = found;
  return { id, name, vehicle: vehicle?.model ?? '', distanceMeters, eta: eta ?? null };
}
