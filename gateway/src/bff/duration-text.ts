/** A duration as text: `300ms`, `1.5s`, `2m`. */
export type Duration = `${number}ms` | `${number}s` | `${number}m`;
