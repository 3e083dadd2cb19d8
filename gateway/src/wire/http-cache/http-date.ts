/**
 * HTTP dates (RFC 9110 §5.6.7), read strictly: the one form that is sent today and the two obsolete ones. Whatever else
 * `Date.parse` might take (time zones, other orders) is no date here, so that what is called invalid by the RFC is
 * treated as such. Case is not minded, as the RFC asks recipients to be robust.
 */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const IMF_FIXDATE =
  /^(?:mon|tue|wed|thu|fri|sat|sun), (\d{2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) gmt$/;
const RFC_850 =
  /^(?:mon|tues|wednes|thurs|fri|satur|sun)day, (\d{2})-([a-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) gmt$/;
const ASCTIME = /^(?:mon|tue|wed|thu|fri|sat|sun) ([a-z]{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

const FIFTY_YEARS = 50;

/** Milliseconds since the epoch; `undefined` where the text is no HTTP date. `nowMs` tells two-digit years apart. */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  if (text.length > 40) return undefined;
  const lower = text.trim().toLowerCase();
  const imf = IMF_FIXDATE.exec(lower);
  if (imf) return instant(Number(imf[3]), imf[2], imf[1], imf[4], imf[5], imf[6]);
  const obsolete = RFC_850.exec(lower);
  if (obsolete) {
    const year = fullYear(Number(obsolete[3]), new Date(nowMs).getUTCFullYear());
    return instant(year, obsolete[2], obsolete[1], obsolete[4], obsolete[5], obsolete[6]);
  }
  const c = ASCTIME.exec(lower);
  return c ? instant(Number(c[6]), c[1], c[2], c[3], c[4], c[5]) : undefined;
}

export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** A two-digit year that seems more than fifty years ahead is the last one in the past with these digits. */
function fullYear(digits: number, thisYear: number): number {
  const year = thisYear - (thisYear % 100) + digits;
  return year > thisYear + FIFTY_YEARS ? year - 100 : year;
}

function instant(
  year: number,
  monthName: string | undefined,
  ...rest: readonly (string | undefined)[]
): number | undefined {
  const [day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number);
  const month = MONTHS.indexOf(monthName ?? '');
  if (month < 0 || day < 1 || hour > 23 || minute > 59 || second > 60) return undefined;
  const ms = Date.UTC(year, month, day, hour, minute, second);
  // 31 February would roll over into March.
  return new Date(Date.UTC(year, month, day)).getUTCDate() === day ? ms : undefined;
}
