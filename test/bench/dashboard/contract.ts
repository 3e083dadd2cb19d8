/** What both sides of the benchmark answer: one schema, one query. */
export const SCHEMA = `
  type Query { dashboard: Dashboard }
  type Dashboard { user: Card! account: Card friend: Card }
  type Card { id: ID! username: String! name: String! city: String! tier: String! }
`;
const CARD = '{ id username name city tier }';
export const QUERY = `query Dashboard { dashboard { user ${CARD} account ${CARD} friend ${CARD} } }`;
