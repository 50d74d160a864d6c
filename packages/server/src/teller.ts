import { loud, Observers, type Clock, type MeshEvent, type MeshHost, type Observer, type RequestTrace, type Source } from '@inmesh/pipeline'
import type { Instant } from '@inmesh/policy'

/** An event without what is the same for all of a server. */
export type Told = MeshEvent extends infer E ? (E extends MeshEvent ? Omit<E, 'service' | 'at'> : never) : never

/** Tells observers what a server decides, and operators what went wrong in it. */
export class Teller {
  readonly name: string
  private readonly clock: Clock
  readonly observers: Observers
  private readonly isOwn: boolean
  private faulty = false

  /** Those of the mesh hear of its servers, too; `own` hear of this server and of nothing else. */
  constructor(name: string, clock: Clock, host: MeshHost | undefined, own: readonly Observer[]) {
    this.name = name
    this.clock = clock
    const isOwn = host === undefined || own.length > 0
    this.isOwn = isOwn
    this.observers = isOwn ? new Observers(host === undefined) : host.observers
    for (const observer of own) this.observers.add(observer)
    if (host !== undefined && own.length > 0) this.observers.add(relayTo(host))
  }

  /** How often observers of this server have thrown; those of the mesh count there. */
  get ownFaults(): number {
    return this.isOwn ? this.observers.faults : 0
  }

  /** Asked before an event is made, so that none is where nobody listens. */
  get heard(): boolean {
    return this.observers.active
  }

  tell(event: Told, at: Instant = this.clock.now(), notes?: RequestTrace): void {
    if (!this.observers.active) return
    const told = { ...event, service: this.name, at } as MeshEvent
    this.observers.emit(told)
    notes?.(told)
  }

  /** A policy would have done something, and its mode did not let it. */
  would(call: { readonly operation: string; readonly notes?: RequestTrace | undefined }, policy: string, would: string): void {
    if (this.observers.active) this.tell({ type: 'mode-differed', operation: call.operation, policy, would }, undefined, call.notes)
  }

  /** A bug of ours must not fail a request: it goes on to its handler, and this is said once. */
  fault(error: unknown): void {
    if (!this.faulty) loud(`${this.name}: a policy of the server threw and was passed over`, error)
    this.faulty = true
  }
}

/** Those of a mesh, as one of a server's own. A server makes no calls, so none is followed from here. */
function relayTo({ observers }: MeshHost): Observer {
  return Object.assign((event: MeshEvent) => observers.emit(event), {
    watch: (source: Source) => observers.offer(source),
    tracer: { begin: () => undefined, serve: () => observers.serve() },
  })
}
