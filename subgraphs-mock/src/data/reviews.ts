/** Reviews: of products that were ordered, and of trips (and with them of their drivers). */
import { minutesAgo } from './people.ts';
import type { SeededRandom } from './random.ts';
import type { Order, Review, Trip } from './types.ts';
import { REVIEW_SENTENCES, REVIEW_TITLES } from './words.ts';

const MINUTES_BETWEEN_REVIEWS = 97;

type Draft = Pick<Review, 'userId' | 'subject'>;

/** In order of time: a higher id was written later. Somebody reviews a product once, and a trip once. */
export function generateReviews(
  random: SeededRandom,
  orders: readonly Order[],
  trips: readonly Trip[],
): Review[] {
  const drafts: Draft[] = [];
  const written = new Set<string>();
  for (const order of orders) {
    if (order.status !== 'DELIVERED') continue;
    for (const item of order.items) {
      const key = `${order.userId} ${item.upc}`;
      if (written.has(key) || random.next() > 0.35) continue;
      written.add(key);
      drafts.push({ userId: order.userId, subject: { upc: item.upc } });
    }
  }
  for (const trip of trips) {
    if (trip.status !== 'COMPLETED' || trip.driverId === null || random.next() > 0.6) continue;
    // Inserted at a chance place, so that reviews of both kinds are mixed in time.
    drafts.splice(random.integer(0, drafts.length), 0, {
      userId: trip.userId,
      subject: { tripId: trip.id, driverId: trip.driverId },
    });
  }
  return drafts.map((draft, i) => {
    const rating = random.weighted([
      [5, 9],
      [4, 7],
      [3, 3],
      [2, 1],
      [1, 1],
    ]);
    const sentences = Array.from({ length: random.integer(1, 4) }, () => random.pick(REVIEW_SENTENCES));
    return {
      __typename: 'Review',
      id: `r${i + 1}`,
      rating,
      title: random.pick(REVIEW_TITLES[rating] ?? []),
      body: [...new Set(sentences)].join(' '),
      createdAt: minutesAgo((drafts.length - i) * MINUTES_BETWEEN_REVIEWS),
      ...draft,
    };
  });
}
