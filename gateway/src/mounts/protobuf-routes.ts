/** What a route's configuration says of protobuf bodies, as what stands on both sides of its rules. */
import { withPlace } from '../config/schema-faults.ts';
import type { ProtobufBodies } from '../handlers/grpc/protobuf-bodies.ts';
import type { PlannedMount } from './mount-plan.ts';

/** `undefined` where the route says nothing of protobuf. Rejects with `ProtoSchemaError`. */
export async function protobufOf({
  rules,
  answer,
  maxBodyBytes,
}: PlannedMount): Promise<ProtobufBodies | undefined> {
  if (!rules || answer.kind !== 'proxy') return undefined;
  const { request, response } = rules;
  if (!request.protobuf && !response.protobuf) return undefined;
  // They bring the reader of schemas, which a gateway without protobuf never loads.
  const { loadProtobufMessage } = await import('../handlers/grpc/protobuf-message.ts');
  const { protobufBodies } = await import('../handlers/grpc/protobuf-bodies.ts');
  const statuses = new Set<number | string>(response.statuses);
  return protobufBodies({
    request: request.protobuf && (await withPlace(request.protobuf, loadProtobufMessage(request.protobuf))),
    reply: response.protobuf && (await withPlace(response.protobuf, loadProtobufMessage(response.protobuf))),
    readsRequests: request.json !== undefined || request.toXml !== undefined,
    readsReplies:
      answer.strip.length > 0 ||
      response.json !== undefined ||
      response.fields !== undefined ||
      response.toXml !== undefined ||
      response.produces !== undefined,
    produces: response.produces ?? [],
    isMeant: (status) => statuses.has(status) || statuses.has(`${Math.trunc(status / 100)}xx`),
    maxRequestBytes: maxBodyBytes,
    maxReplyBytes: response.maxSize,
  });
}
