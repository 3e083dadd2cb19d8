/**
 * Makes one object of the parts' values, in the order of the configuration. A part with a group is its member; the
 * members of one without are merged into the top, not deeper. What is there already stays: the earlier part wins, and
 * the collision is reported. A part without a value is `null` under its group, and nothing without one.
 */
import type { PartOutcome } from '../../bff/screen/engine.ts';
import { isJsonObject, type JsonObject, setMember } from '../../wire/json/json-value.ts';

export interface MergedPart extends Pick<PartOutcome, 'name' | 'value' | 'failure'> {
  readonly group: string | undefined;
}

/** `errors`: the member that lists failures by their codes, where there is to be one. */
export function merge(
  parts: readonly MergedPart[],
  errors: string | undefined,
  reportCollision: (part: string, member: string) => void,
): JsonObject {
  const whole: JsonObject = {};
  const put = (part: string, member: string, value: unknown): void => {
    if (member === errors || Object.hasOwn(whole, member)) reportCollision(part, member);
    else setMember(whole, member, value);
  };
  for (const { name, value, group } of parts) {
    if (group !== undefined) put(name, group, value ?? null);
    else if (isJsonObject(value)) for (const member of Object.keys(value)) put(name, member, value[member]);
  }
  const failed = errors === undefined ? [] : parts.filter(({ failure }) => failure);
  if (errors !== undefined && failed.length > 0) {
    setMember(
      whole,
      errors,
      failed.map(({ name, failure }) => ({ part: name, code: failure?.code })),
    );
  }
  return whole;
}
