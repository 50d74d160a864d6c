import { loud, Observers, type Clock, type MeshEvent, type MeshHost, type Observer, type Source } from '@inmesh/pipeline'
import type { Instant } from '@inmesh/policy'

/** An event without what is the same for all of a server. */
export type Told = MeshEvent extends infer E ? (E extends MeshEvent ? Omit<E, 'service' | 'at'> : never) : never

/** Tells observers what a server decides, and operators what went wrong in it. */
export class Teller {
  readonly name: string
  private readonly clock: Clock
  readonly observers: Observers
  private faulty = false

  /** Those of the mesh hear of its servers, too; `own` hear of this server and of nothing else. */
  constructor(name: string, clock: Clock, host: MeshHost | undefined, own: readonly Observer[]) {
    this.name = name
    this.clock = clock
    this.observers = host === undefined || own.length > 0 ? new Observers() : host.observers
    for (const observer of own) this.observers.add(observer)
    if (host !== undefined && own.length > 0) this.observers.add(Object.assign((event: MeshEvent) => host.observers.emit(event), { watch: (source: Source) => host.observers.offer(source) }))
  }

  /** Asked before an event is made, so that none is where nobody listens. */
  get heard(): boolean {
    return this.observers.active
  }

  tell(event: Told, at: Instant = this.clock.now()): void {
    if (this.observers.active) this.observers.emit({ ...event, service: this.name, at } as MeshEvent)
  }

  /** A policy would have done something, and its mode did not let it. */
  would(call: { readonly operation: string }, policy: string, would: string): void {
    if (this.observers.active) this.tell({ type: 'mode-differed', operation: call.operation, policy, would })
  }

  /** A bug of ours must not fail a request: it goes on to its handler, and this is said once. */
  fault(error: unknown): void {
    if (!this.faulty) loud(`${this.name}: a policy of the server threw and was passed over`, error)
    this.faulty = true
  }
}
