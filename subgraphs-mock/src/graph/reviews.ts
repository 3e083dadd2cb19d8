/** The subgraph `reviews`. It keeps its authors' user names, and so provides them. */
import { WORLD_NOW_MS } from '../data/people.ts';
import type { Driver, Product, Review, Trip, User } from '../data/types.ts';
import { badUserInput, type PageArgs, page, requireUser } from './arguments.ts';
import { type GraphContext, keyOf, type SubgraphModule } from './module.ts';

const MAX_REVIEWS = 100;
const MAX_RATED = 50;
const MIN_REVIEWS_TO_RANK = 3;

function average(reviews: readonly Review[]): number | null {
  if (reviews.length === 0) return null;
  const sum = reviews.reduce((total, review) => total + review.rating, 0);
  return Math.round((sum / reviews.length) * 100) / 100;
}

type ReviewsOf<T> = (subject: T, context: GraphContext) => readonly Review[];

function reviewable<T>(reviewsOf: ReviewsOf<T>): SubgraphModule['resolvers'][string] {
  return {
    reviewCount: (subject: T, _: unknown, context) => reviewsOf(subject, context).length,
    averageRating: (subject: T, _: unknown, context) => average(reviewsOf(subject, context)),
    reviews: (subject: T, args: PageArgs, context) =>
      page(reviewsOf(subject, context), args, 10, MAX_REVIEWS),
  };
}

const ofProduct: ReviewsOf<Product> = ({ upc }, { data }) => data.reviewsByProduct.get(upc);
const ofDriver: ReviewsOf<Driver> = ({ id }, { data }) => data.reviewsByDriver.get(id);

function topRated(_: unknown, args: PageArgs, context: GraphContext): readonly (Product | Driver)[] {
  const { data } = context;
  const rank = <T extends Product | Driver>(subjects: Iterable<T>, reviewsOf: ReviewsOf<T>) =>
    Iterator.from(subjects).flatMap((subject) => {
      const reviews = reviewsOf(subject, context);
      const rating = reviews.length < MIN_REVIEWS_TO_RANK ? null : average(reviews);
      return rating === null ? [] : [{ subject, rating, count: reviews.length }];
    });
  const ranked = [...rank(data.products.values(), ofProduct), ...rank(data.drivers.values(), ofDriver)];
  ranked.sort((a, b) => b.rating - a.rating || b.count - a.count);
  const subjects = ranked.map(({ subject }) => subject);
  return page(subjects, args, 10, MAX_RATED);
}

interface AddReviewArgs {
  readonly input: {
    readonly upc?: string | null;
    readonly tripId?: string | null;
    readonly rating: number;
    readonly title: string;
    readonly body: string;
  };
}

function subjectOf(
  { upc, tripId }: AddReviewArgs['input'],
  user: User,
  { data }: GraphContext,
): Review['subject'] {
  if ((upc ?? null) !== null && (tripId ?? null) !== null)
    throw badUserInput("only one of 'upc' and 'tripId'");
  if (upc !== null && upc !== undefined) {
    if (!data.products.has(upc)) throw badUserInput(`there is no product '${upc}'`);
    return { upc };
  }
  const trip = data.trips.get(tripId ?? '');
  if (trip?.userId !== user.id || trip.driverId === null) throw badUserInput('you made no such trip');
  if (data.reviewByTrip.has(trip.id)) throw badUserInput('the trip has its review');
  return { tripId: trip.id, driverId: trip.driverId };
}

function addReview(_: unknown, { input }: AddReviewArgs, context: GraphContext): Review {
  const user = requireUser(context);
  const { data } = context;
  if (input.rating < 1 || input.rating > 5) throw badUserInput("'rating' must be from 1 to 5");
  const subject = subjectOf(input, user, context);
  const n = data.reviews.size + 1;
  const review: Review = {
    __typename: 'Review',
    id: `r${n}`,
    rating: input.rating,
    title: input.title,
    body: input.body,
    createdAt: new Date(WORLD_NOW_MS + n * 1000).toISOString(),
    userId: user.id,
    subject,
  };
  data.reviews.set(review.id, review);
  data.newestReviews.unshift(review);
  data.reviewsByUser.addFirst(user.id, review);
  if ('upc' in subject) {
    data.reviewsByProduct.addFirst(subject.upc, review);
  } else {
    data.reviewsByDriver.addFirst(subject.driverId, review);
    data.reviewByTrip.set(subject.tripId, review);
  }
  return review;
}

export const reviews: SubgraphModule = {
  name: 'reviews',
  resolvers: {
    Query: {
      review: (_: unknown, { id }: { id: string }, { data }) => data.reviews.get(id) ?? null,
      latestReviews: (_: unknown, args: PageArgs, { data }) =>
        page(data.newestReviews, args, 10, MAX_REVIEWS),
      topRated,
    },
    Mutation: { addReview },
    Review: {
      author: ({ userId }: Review, _: unknown, { data }) => data.users.get(userId) ?? null,
      subject: ({ subject }: Review, _: unknown, { data }) =>
        ('upc' in subject ? data.products.get(subject.upc) : data.trips.get(subject.tripId)) ?? null,
    },
    User: {
      reviews: ({ id }: User, args: PageArgs, { data }) =>
        page(data.reviewsByUser.get(id), args, 10, MAX_REVIEWS),
    },
    Product: reviewable(ofProduct),
    Driver: reviewable(ofDriver),
    Trip: {
      review: ({ id }: Trip, _: unknown, { data }) => data.reviewByTrip.get(id) ?? null,
    },
  },
  references: {
    Review: (reference, { data }) => data.reviews.get(keyOf(reference, 'id')) ?? null,
    User: (reference, { data }) => data.users.get(keyOf(reference, 'id')) ?? null,
    Product: (reference, { data }) => data.products.get(keyOf(reference, 'upc')) ?? null,
    Driver: (reference, { data }) => data.drivers.get(keyOf(reference, 'id')) ?? null,
    Trip: (reference, { data }) => data.trips.get(keyOf(reference, 'id')) ?? null,
  },
};
