/**
 * `T`, which nothing is inferred from where it stands. The type that `part`, `step` and `feed` give follows from their own
 * function and options, not from what surrounds the call; unlike `NoInfer` it leaves no trace in messages.
 */
export type Fixed<T> = [T][T extends unknown ? 0 : never];
