/**
 * Whether a client's `baggage` may go on (W3C Baggage §3.3.2): what is larger than every platform must carry, or holds
 * more members, would be carried by every service behind us for nothing.
 */

const MAX_BYTES = 8192;
const MAX_MEMBERS = 180;

export function isSoundBaggage(value: string): boolean {
  if (value.length > MAX_BYTES) return false;
  let members = 1;
  for (let at = value.indexOf(','); at >= 0; at = value.indexOf(',', at + 1)) members += 1;
  return members <= MAX_MEMBERS;
}
