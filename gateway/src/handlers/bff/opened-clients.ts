/** The doors to the backends as one part is given them. Nothing is made of a backend that the part does not call. */
import type { GraphDocument } from '../../bff/backend.ts';
import type { PartClients, PartScope } from '../../bff/screen/part-run.ts';
import type { RequestReads } from './reads.ts';

/** What opens them, the same for all parts of a BFF. */
export interface Doors {
  /** By the backends' names. */
  readonly rest: RestDoorMaker;
  grpc(scope: PartScope, reads: RequestReads): object;
  graph(
    scope: PartScope,
    reads: RequestReads,
    document: GraphDocument<unknown, object>,
    variables: object,
  ): Promise<unknown>;
  subscribe(
    scope: PartScope,
    document: GraphDocument<unknown, object>,
    variables: object,
  ): AsyncIterable<unknown>;
}

/** Makes the object that has a member for each REST backend. */
export type RestDoorMaker = new (scope: PartScope, reads: RequestReads) => object;

export class OpenedClients implements PartClients {
  readonly #doors: Doors;
  readonly #scope: PartScope;
  readonly #reads: RequestReads;

  constructor(doors: Doors, scope: PartScope, reads: RequestReads) {
    this.#doors = doors;
    this.#scope = scope;
    this.#reads = reads;
  }

  get rest(): object {
    return new this.#doors.rest(this.#scope, this.#reads);
  }

  get grpc(): object {
    return this.#doors.grpc(this.#scope, this.#reads);
  }

  graph(document: GraphDocument<unknown, object>, variables: object = {}): Promise<unknown> {
    return this.#doors.graph(this.#scope, this.#reads, document, variables);
  }

  subscribe(document: GraphDocument<unknown, object>, variables: object = {}): AsyncIterable<unknown> {
    return this.#doors.subscribe(this.#scope, document, variables);
  }
}

/** `open` makes the client of one backend, when a part reaches for it. */
export function restDoors<Backend extends { readonly name: string }>(
  backends: readonly Backend[],
  open: (backend: Backend, scope: PartScope, reads: RequestReads) => object,
): RestDoorMaker {
  class RestDoor {
    readonly #scope: PartScope;
    readonly #reads: RequestReads;

    constructor(scope: PartScope, reads: RequestReads) {
      this.#scope = scope;
      this.#reads = reads;
    }

    static client(door: RestDoor, backend: Backend): object {
      return open(backend, door.#scope, door.#reads);
    }
  }
  for (const backend of backends) {
    Object.defineProperty(RestDoor.prototype, backend.name, {
      enumerable: true,
      get(this: RestDoor) {
        return RestDoor.client(this, backend);
      },
    });
  }
  return RestDoor;
}
