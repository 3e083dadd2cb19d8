/** What both sides of the benchmark answer: one schema, one query. */
export const SCHEMA = `
  type Query { dashboard: Dashboard }
  type Dashboard { user: Card! account: Card friend: Card }
  type Card { id: ID! name: String! email: String! city: String! }
`;
const CARD = '{ id name email city }';
export const QUERY = `query Dashboard { dashboard { user ${CARD} account ${CARD} friend ${CARD} } }`;
