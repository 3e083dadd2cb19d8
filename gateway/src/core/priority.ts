/** How much one call matters beside others, where there is not room for all of them. Less is more. */

export const PRIORITIES = { high: 0, normal: 1, low: 2 } as const;

export type PriorityName = keyof typeof PRIORITIES;
export type Priority = (typeof PRIORITIES)[PriorityName];

/** What a call has of which nobody said otherwise. */
export const NORMAL_PRIORITY: Priority = PRIORITIES.normal;

/** Nobody makes way for it. */
export const LEAST_PRIORITY: Priority = PRIORITIES.low;
