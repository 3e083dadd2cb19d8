/** Media types of a protobuf message that is a body of its own, without gRPC's frames. None is registered; these are in use. */

export const PROTOBUF_TYPES = [
  'application/x-protobuf',
  'application/protobuf',
  'application/vnd.google.protobuf',
] as const;

/** Whether a content type is one of them, whatever its parameters say. */
export function isProtobuf(contentType: string | undefined): boolean {
  if (contentType === undefined) return false;
  const end = contentType.indexOf(';');
  const type = (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  return PROTOBUF_TYPES.some((one) => one === type);
}
