/**
 * The gRPC service `dispatch` (`schema/dispatch.proto`): finds drivers, holds them for a while, and tells where they
 * are on the way of a trip. It says how it is by `grpc.health.v1`.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createDataset } from '../data/dataset.ts';
import { distanceMeters, type Place } from '../data/quote.ts';
import { progressOf } from '../data/trip-progress.ts';
import type { Driver, Trip, VehicleClass } from '../data/types.ts';
import type { ServiceParts, ServiceTools } from '../http/server.ts';
import type { World } from '../world.ts';
import { type DriverBoard, placeOf, type Reservation } from './drivers.ts';
import { GrpcDoor, GrpcRefusal } from './grpc-door.ts';

const DEFAULT_HOLD_MS = 5 * 60_000;
const MAX_HOLD_MS = 60 * 60_000;
const DEFAULT_INTERVAL_MS = 1_000;
/** So fast a driver comes to a rider, in meters a second. */
const SPEED = 8;

interface FindDriverRequest {
  readonly near: Place | null;
  readonly vehicleClasses: readonly VehicleClass[];
  readonly withinMeters?: number;
}
interface DurationMessage {
  readonly seconds: string;
  readonly nanos: number;
}
interface ReserveRequest {
  readonly driverId: string;
  readonly requestId: string;
  readonly holdFor: DurationMessage | null;
}
interface TrackRequest {
  readonly tripId: string;
  readonly intervalMs?: number;
}
interface Position {
  readonly tripId: string;
  readonly place: Place | null;
}
interface ChatMessage {
  readonly from: string;
  readonly text: string;
}

type Unary<Request> = (call: ServerUnaryCall<Request, unknown>, answer: sendUnaryData<unknown>) => void;

export function createDispatch(_url: string, { faults, stats }: ServiceTools, world: World): ServiceParts {
  const board = world.drivers;
  const { trips } = createDataset();
  const unary =
    <Request>(reply: (request: Request) => unknown): Unary<Request> =>
    (call, answer) => {
      void door.answer(
        call,
        () => reply(call.request),
        (replied) => answer(null, replied),
        (error) => answer(error),
      );
    };
  const dispatch = {
    FindDriver: unary((request: FindDriverRequest) => findDriver(board, request)),
    GetDriver: unary(({ id }: { id: string }) => driverMessage(known(board, id))),
    Reserve: unary((request: ReserveRequest) => reserve(board, request)),
    Release: unary(({ name, requestId }: { name: string; requestId: string }) => {
      if (name !== '') board.release(name);
      if (requestId !== '') board.releaseRequest(requestId);
      return {};
    }),
    Track: (call: ServerWritableStream<TrackRequest, unknown>) => {
      void door.answer(
        call,
        () => track(call, trips, world),
        () => call.end(),
        (error) => call.emit('error', Object.assign(new Error(), error)),
      );
    },
    ReportPositions: (call: ServerReadableStream<Position, unknown>, answer: sendUnaryData<unknown>) => {
      void door.answer(
        call,
        () => summaryOf(call),
        (summary) => answer(null, summary),
        (error) => answer(error),
      );
    },
    Chat: (call: ServerDuplexStream<ChatMessage, ChatMessage>) => {
      void door.answer(
        call,
        () => chat(call),
        () => call.end(),
        (error) => call.emit('error', Object.assign(new Error(), error)),
      );
    },
  };
  const health = {
    Check: unary(({ service }: { service: string }) => {
      if (service === '' || service === 'frontdesk.dispatch.v1.Dispatch') return { status: 'SERVING' };
      throw new GrpcRefusal(status.NOT_FOUND, `no service is called ${service}`);
    }),
  };
  const [dispatchDefinition, healthDefinition] = definitions();
  const services = [
    { definition: dispatchDefinition, implementation: dispatch },
    { definition: healthDefinition, implementation: health },
  ];
  const door = new GrpcDoor(services, faults, stats);
  return {
    handle: (_request, response) => void response.writeHead(415).end('this service speaks gRPC\n'),
    http2: (socket) => door.take(socket),
    controls: { 'GET /__books': () => ({ status: 200, body: board.books() }) },
    dispose: async () => door.close(),
  };
}

function definitions(): [dispatch: ServiceDefinition, health: ServiceDefinition] {
  const schema = (path: string): string => fileURLToPath(import.meta.resolve(`@frontdesk/schema/${path}`));
  const files = [schema('dispatch.proto'), schema('grpc/health.proto')];
  const options = { longs: String, enums: String, defaults: true, arrays: true };
  const loaded = loadSync(files, { ...options, includeDirs: [dirname(schema('dispatch.proto'))] });
  const service = (name: string): ServiceDefinition => {
    const definition = loaded[name];
    if (!definition || 'format' in definition) throw new TypeError(`no service ${name}`);
    return definition;
  };
  return [service('frontdesk.dispatch.v1.Dispatch'), service('grpc.health.v1.Health')];
}

function known(board: DriverBoard, id: string): Driver {
  const driver = board.driver(id);
  if (!driver) throw new GrpcRefusal(status.NOT_FOUND, `there is no driver ${id}`);
  return driver;
}

function findDriver(board: DriverBoard, { near, vehicleClasses, withinMeters }: FindDriverRequest): object {
  if (!near)
    throw new GrpcRefusal(status.INVALID_ARGUMENT, 'near is missing', badRequest('near', 'is required'));
  const classes = vehicleClasses.filter((one) => String(one) !== 'VEHICLE_CLASS_UNSPECIFIED');
  const driver = board.nearest(near, classes, withinMeters ?? Number.POSITIVE_INFINITY);
  if (!driver) throw new GrpcRefusal(status.NOT_FOUND, 'nobody waits there');
  return driverMessage(driver, near);
}

function reserve(board: DriverBoard, { driverId, requestId, holdFor }: ReserveRequest): object {
  known(board, driverId);
  const holdMs = holdFor ? Number(holdFor.seconds) * 1000 + holdFor.nanos / 1e6 : DEFAULT_HOLD_MS;
  if (!(holdMs > 0 && holdMs <= MAX_HOLD_MS)) {
    const metadata = badRequest('hold_for', 'is more than nothing, and 1 hour at most');
    throw new GrpcRefusal(status.INVALID_ARGUMENT, 'hold_for is out of range', metadata);
  }
  const outcome = board.reserve(driverId, requestId, holdMs);
  switch (outcome) {
    case 'taken':
      throw new GrpcRefusal(status.ALREADY_EXISTS, `driver ${driverId} is held already`);
    case 'closed':
      throw new GrpcRefusal(status.FAILED_PRECONDITION, `what request ${requestId} held was released`);
    case 'other driver':
      throw new GrpcRefusal(status.FAILED_PRECONDITION, `request ${requestId} holds another driver`);
    default:
      return reservationMessage(outcome);
  }
}

/** `google.rpc.Status` with one `google.rpc.BadRequest` that blames a field, as it goes over the wire. */
function badRequest(field: string, description: string): Metadata {
  const text = (tag: number, value: Buffer | string): Buffer => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([(tag << 3) | 2, bytes.length]), bytes]);
  };
  const violation = Buffer.concat([text(1, field), text(2, description)]);
  const any = Buffer.concat([
    text(1, 'type.googleapis.com/google.rpc.BadRequest'),
    text(2, text(1, violation)),
  ]);
  const details = Buffer.concat([Buffer.from([8, status.INVALID_ARGUMENT]), text(2, field), text(3, any)]);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', details);
  return metadata;
}

type TrackCall = ServerWritableStream<TrackRequest, unknown>;

/** A generated trip's places at the pace that is asked for, or those of one that moves now, as it moves. */
async function track(call: TrackCall, trips: ReadonlyMap<string, Trip>, world: World): Promise<void> {
  const { tripId, intervalMs = DEFAULT_INTERVAL_MS } = call.request;
  const steps = world.trips.watch(tripId, 0);
  if (steps) {
    call.on('cancelled', () => steps.end());
    for await (const { step, trip } of steps) {
      const { latitude, longitude } = progressOf(trip);
      call.write(positionMessage(trip, step - 1, { latitude, longitude }));
    }
    return;
  }
  const trip = trips.get(tripId);
  if (!trip) throw new GrpcRefusal(status.NOT_FOUND, `there is no trip ${tripId}`);
  for (const [sequence, [latitude, longitude]] of trip.path.entries()) {
    if (sequence > 0) await new Promise((resolve) => setTimeout(resolve, intervalMs));
    if (call.cancelled) return;
    call.write(positionMessage(trip, sequence, { latitude, longitude }));
  }
}

function positionMessage({ id, requestedAt }: Trip, sequence: number, place: Place): object {
  const requestedS = Math.floor(Date.parse(requestedAt) / 1000);
  return { tripId: id, place, at: { seconds: String(requestedS + sequence * 60), nanos: 0 }, sequence };
}

async function summaryOf(call: ServerReadableStream<Position, unknown>): Promise<object> {
  let received = 0;
  let meters = 0;
  let last: Place | null = null;
  for await (const { place } of call as AsyncIterable<Position>) {
    received += 1;
    if (last && place) meters += distanceMeters(last, place);
    last = place;
  }
  return { received, distanceMeters: meters };
}

async function chat(call: ServerDuplexStream<ChatMessage, ChatMessage>): Promise<void> {
  for await (const { text } of call as AsyncIterable<ChatMessage>)
    call.write({ from: 'driver', text: `heard: ${text}` });
}

function driverMessage(driver: Driver, near?: Place): object {
  const { id, name, vehicle, licensedSince } = driver;
  const place = placeOf(driver);
  const meters = near ? distanceMeters(near, place) : 0;
  return {
    id,
    name,
    vehicle,
    place,
    distanceMeters: meters,
    eta: near ? { seconds: String(Math.round(meters / SPEED)), nanos: 0 } : null,
    licensedSince: { seconds: String(Date.parse(licensedSince) / 1000), nanos: 0 },
    odometer: String(1_000_000 * Number(id.slice(1))),
  };
}

function reservationMessage({ name, driverId, expiresAtMs }: Reservation): object {
  const seconds = Math.floor(expiresAtMs / 1000);
  return { name, driverId, expiresAt: { seconds: String(seconds), nanos: (expiresAtMs % 1000) * 1_000_000 } };
}
