/** The data of the test company: plain objects, whose functions are fields with arguments. */

export type Source = Record<string, unknown>;

/** A new copy of the data each time: mutations of one test are not seen by another. */
export function makeData(): { root: Source; find: (type: string, reference: Source) => Source | null } {
  const users: Source[] = [];
  const products: Source[] = [];
  const reviews: Source[] = [];
  const at = (list: Source[], index: number): Source | undefined => list[index];
  for (let i = 1; i <= 4; i++) {
    const user: Source = {
      __typename: 'User',
      id: String(i),
      email: `u${i}@example.test`,
      label: `User ${i}`,
      name: ({ upper }: { upper?: boolean }) => (upper ? String(user.label).toUpperCase() : user.label),
      username: `user"${i}`,
      role: i === 3 ? null : i === 1 ? 'ADMIN' : 'MEMBER',
      birthday: 1980 + i,
      ratio: i / 3,
      active: i % 2 === 0,
      nickname: i === 2 ? null : `nick-é-${i}-😀`,
      motto: () => {
        if (i === 3) return null;
        return `motto ${i}`;
      },
      boom: () => {
        if (i === 2) throw new Error('secret database at 10.0.0.7');
        return 'fine';
      },
      friends: () => [at(users, i % 4), null, at(users, (i + 1) % 4)],
      best: () => (i === 4 ? null : at(users, i)),
      matrix: () => (i === 2 ? null : [[at(users, 0), at(users, 1)], null, []]),
      meta: { any: [1, 'x', null], __proto__key: true },
      tags: ['a\nb', `t${i}`],
      address: { __typename: 'Address', street: `Street ${i}`, zip: `${i}000` },
      home: `home ${i}`,
      secret: 'hidden',
      reviews: ({ first }: { first?: number | null }) => {
        const mine = reviews.filter((review) => review.authorId === user.id);
        return first === null || first === undefined ? mine : mine.slice(0, first);
      },
    };
    users.push(user);
  }
  for (let i = 1; i <= 5; i++) {
    const product: Source = {
      __typename: 'Product',
      upc: `p${i}`,
      name: i === 5 ? null : `Product ${i}`,
      price: i === 4 ? null : i * 100,
      weight: i * 10,
      box: i === 2 ? null : { w: i, inner: { h: i + 1 } },
      related: () => [at(products, i % 5), at(products, (i + 1) % 5)],
      inStock: i % 2 === 1,
      shippingEstimate: () => estimate(product.price, product.weight),
      label: () => labelOf(product.box),
      reviews: () => reviews.filter((review) => review.upc === product.upc),
    };
    products.push(product);
  }
  const addReview = (authorId: string, upc: string, body: string): Source => {
    const review: Source = {
      __typename: 'Review',
      id: `r${reviews.length + 1}`,
      body,
      stars: reviews.length % 5,
      authorId,
      upc,
      product: () => products.find((product) => product.upc === upc),
      author: () => users.find((user) => user.id === authorId),
    };
    reviews.push(review);
    return review;
  };
  for (let i = 0; i < 7; i++)
    addReview(String((i % 3) + 1), `p${((i * 3) % 4) + 1}`, `Review ${i} "quoted" \\ text`);
  const book = (i: number, ownerIndex: number): Source => ({
    __typename: 'Book',
    id: `b${i}`,
    title: `Book ${i}`,
    pages: i * 111,
    length: i * 111,
    rating: i / 2,
    owner: () => at(users, ownerIndex),
    critic: () => at(users, (ownerIndex + 1) % 4),
  });
  const film = (i: number): Source => ({
    __typename: 'Film',
    id: `f${i}`,
    title: i === 1 ? null : `Film ${i}`,
    minutes: 90 + i,
    length: i === 1 ? null : 90,
    rating: i === 1 ? null : 4.5,
  });
  const books = [book(1, 0), book(2, 2), book(3, 3)];
  const films = [film(1), film(2)];
  const things: Source[] = [
    { __typename: 'Chair', id: 'c1', kind: 'chair', legs: 4, score: 7 },
    { __typename: 'Lamp', id: 'l1', kind: null, watts: 60, score: 9 },
  ];
  const lists: Readonly<Record<string, Source[]>> = {
    User: users,
    Product: products,
    Review: reviews,
    Book: books,
    Film: films,
    Chair: things,
    Lamp: things,
    Thing: things,
  };
  const root: Source = {
    me: () => at(users, 0),
    users: () => users,
    user: ({ id }: { id: string }) => users.find((user) => user.id === id) ?? null,
    strictUser: () => at(users, 2),
    node: ({ id }: { id: string }) => users.find((user) => user.id === id) ?? null,
    people: ({ ids, deep }: { ids: string[]; deep?: { role?: string | null } | null }) =>
      users.filter((user) => ids.includes(String(user.id)) && (!deep?.role || user.role === deep.role)),
    topProducts: ({ first }: { first: number }) => products.slice(0, first),
    product: ({ upc }: { upc: string }) => products.find((product) => product.upc === upc) ?? null,
    latest: () => reviews.at(-1),
    media: () => [books[0], films[0], null, films[1], books[1]],
    favourite: () => books[1],
    search: () => [users[0], products[1], books[2], films[0], null],
    shelves: () => [[books[0], null, books[1]], [], [books[2]]],
    things: () => things,
    picks: () => [films[1], books[0]],
    bestThing: () => things[1],
    rename: ({ id, name }: { id: string; name: string }) => {
      const user = users.find((candidate) => candidate.id === id);
      if (user) user.label = name;
      return user ? { ...user, name: () => name } : null;
    },
    setRole: ({ id, role }: { id: string; role: string | null }) => {
      const user = users.find((candidate) => candidate.id === id);
      if (!user) throw new Error('no such user');
      user.role = role;
      return user;
    },
    addReview: ({ upc, body }: { upc: string; body: string }) => addReview('1', upc, body),
  };
  const find = (type: string, reference: Source): Source | null =>
    lists[type]?.find((source) =>
      ['id', 'email', 'upc'].some((key) => reference[key] !== undefined && source[key] === reference[key]),
    ) ?? null;
  return { root, find };
}

export function estimate(price: unknown, weight: unknown): number | null {
  return typeof price === 'number' && typeof weight === 'number' ? (price > 300 ? 0 : weight * 2) : null;
}

export function labelOf(box: unknown): string | null {
  if (typeof box !== 'object' || box === null || !('w' in box) || !('inner' in box)) return null;
  return `${box.w}x${JSON.stringify(box.inner).replace(/[^\d]/g, '')}`;
}
