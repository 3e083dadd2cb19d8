/** What a change of several values says, and what takes it back. */

type Values = Readonly<Record<string, unknown>>;
type Given<Said> = { readonly [Name in keyof Said]?: Exclude<Said[Name], null | undefined> };

/** The members that are said: null says nothing. */
export function given<Said extends Values>(said: Said): Given<Said>;
export function given(said: Values): Values {
  return Object.fromEntries(
    Object.entries(said).filter(([, value]) => value !== null && value !== undefined),
  );
}

/**
 * What brings back the values of before. Where there is another value by now than the one that was set, somebody has
 * changed it since, and it stays. `undefined`: nothing is to be brought back.
 */
export function backWhere<Set extends Values, Before extends { readonly [Name in keyof Set]: unknown }>(
  set: Set,
  { before, now }: { readonly before: Before; readonly now: Before },
): { readonly [Name in keyof Set & keyof Before]?: Before[Name] } | undefined;
export function backWhere(
  set: Values,
  { before, now }: { readonly before: Values; readonly now: Values },
): Values | undefined {
  const ours = Object.keys(set).filter((name) => now[name] === set[name] && before[name] !== set[name]);
  if (ours.length === 0) return undefined;
  return Object.fromEntries(ours.map((name) => [name, before[name]]));
}
