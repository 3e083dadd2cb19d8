// The image has no curl: Node asks the gateway beside it whether its loop turns.
const port = process.argv[2] ?? '4000';
const signal = AbortSignal.timeout(1500);
fetch(`http://127.0.0.1:${port}/healthz`, { signal }).then(
  (reply) => process.exit(reply.ok ? 0 : 1),
  () => process.exit(1),
);
