// The same dashboard as a team writes it without a gateway: Apollo Server with a RESTDataSource for each backend.
// node apollo-rest.mjs PORT BACKEND SCHEMA. It guards nothing: no keys, no buckets, no breakers, no access log.
import { RESTDataSource } from '@apollo/datasource-rest';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

const [port, backend, typeDefs] = process.argv.slice(2);

class People extends RESTDataSource {
  baseURL = backend;
  #kind;

  constructor(kind) {
    super();
    this.#kind = kind;
  }

  one(id) {
    return this.get(`/${this.#kind}/${encodeURIComponent(id)}`);
  }
}

const resolvers = {
  Query: { dashboard: () => ({}) },
  Dashboard: {
    user: (_source, _arguments, { users }) => users.one('42'),
    account: (_source, _arguments, { accounts }) => accounts.one('42'),
    friend: (_source, _arguments, { friends }) => friends.one('42'),
  },
};
const context = async () => ({
  users: new People('users'),
  accounts: new People('accounts'),
  friends: new People('friends'),
});
const server = new ApolloServer({ typeDefs, resolvers, introspection: false });
await startStandaloneServer(server, { context, listen: { host: '127.0.0.1', port: Number(port) } });
