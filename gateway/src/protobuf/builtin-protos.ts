/**
 * Schemas that others import without having them at hand: what Google's `api-common-protos` say of HTTP, statuses and
 * their details, as far as the wire and JSON need it.
 */

const API_HTTP = `syntax = "proto3";
package google.api;
message HttpRule {
  string selector = 1;
  oneof pattern { string get = 2; string put = 3; string post = 4; string delete = 5; string patch = 6; CustomHttpPattern custom = 8; }
  string body = 7;
  string response_body = 12;
  repeated HttpRule additional_bindings = 11;
}
message CustomHttpPattern { string kind = 1; string path = 2; }
`;

const API_HTTPBODY = `syntax = "proto3";
package google.api;
import "google/protobuf/any.proto";
message HttpBody { string content_type = 1; bytes data = 2; repeated google.protobuf.Any extensions = 3; }
`;

const RPC_STATUS = `syntax = "proto3";
package google.rpc;
import "google/protobuf/any.proto";
message Status { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; }
`;

const RPC_ERROR_DETAILS = `syntax = "proto3";
package google.rpc;
import "google/protobuf/duration.proto";
message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
message RetryInfo { google.protobuf.Duration retry_delay = 1; }
message DebugInfo { repeated string stack_entries = 1; string detail = 2; }
message QuotaFailure {
  message Violation { string subject = 1; string description = 2; }
  repeated Violation violations = 1;
}
message PreconditionFailure {
  message Violation { string type = 1; string subject = 2; string description = 3; }
  repeated Violation violations = 1;
}
message BadRequest {
  message FieldViolation { string field = 1; string description = 2; string reason = 3; LocalizedMessage localized_message = 4; }
  repeated FieldViolation field_violations = 1;
}
message RequestInfo { string request_id = 1; string serving_data = 2; }
message ResourceInfo { string resource_type = 1; string resource_name = 2; string owner = 3; string description = 4; }
message Help {
  message Link { string description = 1; string url = 2; }
  repeated Link links = 1;
}
message LocalizedMessage { string locale = 1; string message = 2; }
`;

/** By the name that an import gives. An empty text adds nothing: annotations are read as options, not as fields. */
export const BUILTIN_PROTOS: ReadonlyMap<string, string> = new Map([
  ['google/api/annotations.proto', ''],
  ['google/api/client.proto', ''],
  ['google/api/field_behavior.proto', ''],
  ['google/api/resource.proto', ''],
  ['google/api/http.proto', API_HTTP],
  ['google/api/httpbody.proto', API_HTTPBODY],
  ['google/rpc/status.proto', RPC_STATUS],
  ['google/rpc/error_details.proto', RPC_ERROR_DETAILS],
]);
