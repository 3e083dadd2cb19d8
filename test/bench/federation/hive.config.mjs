// Hive Gateway as it comes, with the Rust planner, passing the client's authorization on to the subgraphs.
export const gatewayConfig = {
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') ?? '' }),
  },
  inboundInflightRequestDeduplication: process.env.SHARE_INBOUND === 'yes',
  landingPage: false,
  graphiql: false,
  logging: 'error',
};
