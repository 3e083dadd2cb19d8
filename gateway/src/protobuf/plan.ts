/** Message types as the codec walks them: what a schema says, without the schema's own objects. */

export type ScalarType =
  | 'double'
  | 'float'
  | 'int32'
  | 'uint32'
  | 'sint32'
  | 'fixed32'
  | 'sfixed32'
  | 'int64'
  | 'uint64'
  | 'sint64'
  | 'fixed64'
  | 'sfixed64'
  | 'bool'
  | 'string'
  | 'bytes';

export interface EnumPlan {
  readonly fullName: string;
  readonly byName: ReadonlyMap<string, number>;
  readonly byNumber: ReadonlyMap<number, string>;
}

/** What one value of a field is. */
export type ValuePlan =
  | { readonly kind: 'scalar'; readonly scalar: ScalarType }
  | { readonly kind: 'enum'; readonly enum: EnumPlan }
  | { readonly kind: 'message'; readonly message: MessagePlan };

export interface FieldPlan {
  /** As the schema writes it: `driver_id`. */
  readonly name: string;
  /** As JSON writes it: `driverId`, or what `json_name` says. */
  readonly jsonName: string;
  readonly number: number;
  readonly value: ValuePlan;
  readonly shape: 'single' | 'repeated' | 'map';
  /** Of a map. */
  readonly key: ScalarType | undefined;
  readonly packed: boolean;
  /** Whether its absence can be told from its default. */
  readonly hasPresence: boolean;
  /** Of proto2. */
  readonly required: boolean;
  /** The oneof that it stands in; `undefined` for `optional`. */
  readonly oneof: string | undefined;
}

export interface MessagePlan {
  /** `google.protobuf.Timestamp`. */
  readonly fullName: string;
  /** In the order of the schema. */
  readonly fields: readonly FieldPlan[];
  /** By either name. */
  readonly byName: ReadonlyMap<string, FieldPlan>;
  readonly byNumber: ReadonlyMap<number, FieldPlan>;
}

export interface MethodPlan {
  /** `FindDriver`. */
  readonly name: string;
  /** `/frontdesk.dispatch.v1.Dispatch/FindDriver`. */
  readonly path: string;
  /** Where it is stated: `dispatch.proto:12`. */
  readonly source: string;
  readonly request: MessagePlan;
  readonly response: MessagePlan;
  readonly streamsRequests: boolean;
  readonly streamsResponses: boolean;
  /** What its `idempotency_level` says: calling it twice does no more than once. */
  readonly isIdempotent: boolean;
  /** What `google.api.http` says, unchecked. */
  readonly http: unknown;
}

export interface ServicePlan {
  readonly fullName: string;
  readonly methods: readonly MethodPlan[];
}
