/**
 * The header with which a load balancer that passes connections on tells whose they are: PROXY protocol, versions 1 (text)
 * and 2 (binary), as HAProxy specifies it. Only the source address is of interest; what else may follow is passed over.
 */
import { formatAddress, parseAddress } from '../../core/ip-address.ts';

export type ProxyHeader =
  /** More bytes are needed. */
  | { readonly kind: 'incomplete' }
  /** `reason` is for operators. */
  | { readonly kind: 'invalid'; readonly reason: string }
  | {
      readonly kind: 'found';
      /** Bytes that it took. */
      readonly size: number;
      /** In canonical text; `undefined` where the proxy speaks for itself (a health check) or does not know. */
      readonly source: string | undefined;
    };

/** With its line break (version 1, §2.1). */
const MAX_TEXT_BYTES = 107;
/** Addresses and further values of version 2; balancers send a few hundred bytes of them. */
const MAX_BINARY_BYTES = 4_096;
const TEXT_START = Buffer.from('PROXY ');
const SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const FIXED_BYTES = 16;
const CR = 0x0d;
const LF = 0x0a;

/** Most bytes that may have to be held to read one. */
export const MAX_PROXY_HEADER_BYTES = FIXED_BYTES + MAX_BINARY_BYTES;

const INCOMPLETE: ProxyHeader = { kind: 'incomplete' };

/** Reads what stands at the beginning of a connection. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, SIGNATURE)) return bytes.length < FIXED_BYTES ? INCOMPLETE : readBinary(bytes);
  if (startsLike(bytes, TEXT_START)) return readText(bytes);
  return invalid('it does not begin with one');
}

/** Whether `bytes` begin as `start` does, as far as they are there. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}

function readText(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, MAX_TEXT_BYTES).indexOf(LF);
  if (end < 0) return bytes.length < MAX_TEXT_BYTES ? INCOMPLETE : invalid('its line is too long');
  if (bytes[end - 1] !== CR) return invalid('its line does not end with CRLF');
  const size = end + 1;
  const [, family, from, to, fromPort, toPort, ...more] = bytes.toString('latin1', 0, end - 1).split(' ');
  if (family === 'UNKNOWN') return { kind: 'found', size, source: undefined };
  const source = addressOf(family, from);
  const isWhole = source !== undefined && addressOf(family, to) !== undefined && more.length === 0;
  if (!isWhole || !isPort(fromPort) || !isPort(toPort)) return invalid('its line is malformed');
  return { kind: 'found', size, source };
}

function addressOf(family: string | undefined, text = ''): string | undefined {
  const isFamily = family === 'TCP6' ? text.includes(':') : family === 'TCP4' && !text.includes(':');
  const address = isFamily ? parseAddress(text) : undefined;
  return address && formatAddress(address);
}

function isPort(text = ''): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function readBinary(bytes: Buffer): ProxyHeader {
  const version = bytes.readUInt8(12);
  const family = bytes.readUInt8(13) >>> 4;
  const length = bytes.readUInt16BE(14);
  const command = version & 0x0f;
  if (version >>> 4 !== 2 || command > 1) return invalid('its version or command is unknown');
  if (length > MAX_BINARY_BYTES) return invalid('it is too long');
  const size = FIXED_BYTES + length;
  if (bytes.length < size) return INCOMPLETE;
  // LOCAL, or neither of the families that have addresses of the internet.
  if (command === 0 || (family !== 1 && family !== 2)) return { kind: 'found', size, source: undefined };
  if (length < (family === 1 ? 12 : 36)) return invalid('its addresses are cut short');
  const word = (i: number): number => bytes.readUInt32BE(FIXED_BYTES + 4 * i);
  const written =
    family === 1
      ? formatAddress({ version: 4, words: [word(0), 0, 0, 0] })
      : formatAddress({ version: 6, words: [word(0), word(1), word(2), word(3)] });
  // An IPv4 address that is written as IPv6 has one spelling, too.
  const address = parseAddress(written);
  return { kind: 'found', size, source: address && formatAddress(address) };
}

function invalid(reason: string): ProxyHeader {
  return { kind: 'invalid', reason };
}
