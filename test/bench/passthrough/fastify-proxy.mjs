// The peer: `node fastify-proxy.mjs PORT UPSTREAM`, @fastify/http-proxy as its documentation sets it up, no guards.
import proxy from '@fastify/http-proxy';
import Fastify from 'fastify';

const [port, upstream] = process.argv.slice(2);
const server = Fastify();
server.register(proxy, { upstream, http2: false });
await server.listen({ port: Number(port), host: '127.0.0.1' });
