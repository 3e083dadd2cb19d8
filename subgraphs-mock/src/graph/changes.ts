/** The books of the subgraphs that change records: what is otherwise than in the beginning. */
import { createDataset, type Dataset } from '../data/dataset.ts';

/** Records are replaced, never changed in place, so that one that is the same object is as it was. */
function changed<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): readonly T[] {
  return after
    .entries()
    .filter(([id, record]) => before.get(id) !== record)
    .map(([, record]) => record)
    .toArray();
}

export function changedProfiles({ users }: Dataset) {
  const profiles = changed(createDataset().users, users).map(({ id, name, city }) => ({ id, name, city }));
  return { profiles };
}

/** The orders that were placed or cancelled. */
export function changedOrders({ orders }: Dataset) {
  return {
    orders: changed(createDataset().orders, orders).map(({ id, number, userId, status, total }) => ({
      id,
      number,
      user: userId,
      status,
      total,
    })),
  };
}

export function changedReviews({ reviews }: Dataset) {
  return {
    reviews: changed(createDataset().reviews, reviews).map(({ id, userId, rating, subject }) => ({
      id,
      user: userId,
      rating,
      subject,
    })),
  };
}
