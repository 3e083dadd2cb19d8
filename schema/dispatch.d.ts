// Generated from dispatch.proto by generate.ts. Do not edit: npm run generate -w schema
/* biome-ignore-all format: the generator's own layout */

export interface Dispatch {
  readonly findDriver: { readonly request: FindDriverRequestInput; readonly response: Driver; readonly streams: false };
  readonly getDriver: { readonly request: GetDriverRequestInput; readonly response: Driver; readonly streams: false };
  readonly reserve: { readonly request: ReserveRequestInput; readonly response: Reservation; readonly streams: false };
  readonly release: { readonly request: ReleaseRequestInput; readonly response: Readonly<Record<string, never>>; readonly streams: false };
  readonly track: { readonly request: TrackRequestInput; readonly response: Position; readonly streams: true };
}

/** A number where the service knows more names than this file. */
export type VehicleClass = 'VEHICLE_CLASS_UNSPECIFIED' | 'BIKE' | 'COMPACT' | 'COMFORT' | 'VAN' | number;

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

export interface PlaceInput {
  readonly latitude?: number;
  readonly longitude?: number;
}

export interface FindDriverRequest {
  readonly near?: Place;
  readonly vehicleClasses: readonly VehicleClass[];
  readonly withinMeters?: number;
}

export interface FindDriverRequestInput {
  readonly near?: PlaceInput;
  readonly vehicleClasses?: readonly VehicleClass[];
  readonly withinMeters?: number;
}

export interface GetDriverRequest {
  readonly id: string;
}

export interface GetDriverRequestInput {
  readonly id?: string;
}

export interface Driver {
  readonly id: string;
  readonly name: string;
  readonly vehicle?: Vehicle;
  readonly place?: Place;
  readonly distanceMeters: number;
  readonly eta?: string;
  readonly licensedSince?: string;
  readonly odometer: string;
}

export interface DriverInput {
  readonly id?: string;
  readonly name?: string;
  readonly vehicle?: VehicleInput;
  readonly place?: PlaceInput;
  readonly distanceMeters?: number;
  readonly eta?: string;
  readonly licensedSince?: string;
  readonly odometer?: string | number;
}

export interface Vehicle {
  readonly class: VehicleClass;
  readonly model: string;
  readonly plate: string;
}

export interface VehicleInput {
  readonly class?: VehicleClass;
  readonly model?: string;
  readonly plate?: string;
}

export interface ReserveRequest {
  readonly driverId: string;
  readonly requestId: string;
  readonly holdFor?: string;
}

export interface ReserveRequestInput {
  readonly driverId?: string;
  readonly requestId?: string;
  readonly holdFor?: string;
}

export interface Reservation {
  readonly name: string;
  readonly driverId: string;
  readonly expiresAt?: string;
}

export interface ReservationInput {
  readonly name?: string;
  readonly driverId?: string;
  readonly expiresAt?: string;
}

export interface ReleaseRequest {
  readonly name: string;
  readonly requestId: string;
}

export interface ReleaseRequestInput {
  readonly name?: string;
  readonly requestId?: string;
}

export interface TrackRequest {
  readonly tripId: string;
  readonly intervalMs?: number;
}

export interface TrackRequestInput {
  readonly tripId?: string;
  readonly intervalMs?: number;
}

export interface Position {
  readonly tripId: string;
  readonly place?: Place;
  readonly at?: string;
  readonly sequence: number;
}

export interface PositionInput {
  readonly tripId?: string;
  readonly place?: PlaceInput;
  readonly at?: string;
  readonly sequence?: number;
}

export interface PositionSummary {
  readonly received: number;
  readonly distanceMeters: number;
}

export interface PositionSummaryInput {
  readonly received?: number;
  readonly distanceMeters?: number;
}

export interface ChatMessage {
  readonly from: string;
  readonly text: string;
}

export interface ChatMessageInput {
  readonly from?: string;
  readonly text?: string;
}
