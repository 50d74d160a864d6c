import type { AdmissionEvent, AttemptsEvent, Cause, ClusterEvent, Code, ConcurrencyEvent, Criticality, Instant, Millis, Outcome, ServiceBreakerEvent } from '@inmesh/policy'
import type { Target } from './context.ts'
import { loud } from './loud.ts'
import type { SharedEvent } from './shared/shared-events.ts'
import type { Source } from './source.ts'
import type { ClientWire, ServerWire } from './wire-facts.ts'

/** One event per decision; `at` is on the mesh's monotonic clock. All fields are plain data but for `outcome.cause`. */
export type MeshEvent = { readonly service: string; readonly at: Instant } & (
  | { readonly type: 'picked'; readonly operation: string; readonly endpoint: string; readonly cause: Cause; readonly ordinal: number }
  | { readonly type: 'tried'; readonly operation: string; readonly endpoint: string; readonly cause: Cause; readonly ordinal: number; readonly outcome: Outcome; readonly latency: Millis; readonly wire?: ClientWire | undefined }
  | { readonly type: 'retried' | 'backed-up' | 'rescued'; readonly operation: string; readonly ordinal: number; readonly after: Millis }
  | { readonly type: 'refused'; readonly operation: string; readonly policy: string; readonly why: string; readonly criticality?: Criticality }
  | { readonly type: 'ended'; readonly operation: string; readonly outcome: Outcome; readonly latency: Millis; readonly tries: number; readonly fallback: boolean; readonly criticality: Criticality; readonly answeredBy?: Cause | undefined; readonly wire?: ClientWire | undefined }
  | AttemptsEvent
  | ServiceBreakerEvent
  | ConcurrencyEvent
  | { readonly type: 'mode-differed'; readonly operation: string; readonly policy: string; readonly would: string }
  | { readonly type: 'passed-through'; readonly origin: string }
  | { readonly type: 'endpoints-changed'; readonly known: number; readonly added: readonly string[]; readonly removed: readonly string[] }
  | { readonly type: 'discovery-failed'; readonly error: unknown }
  | { readonly type: 'discovery-noted'; readonly note: string }
  | { readonly type: 'health-checked'; readonly endpoint: string; readonly ok: boolean; readonly latency: Millis; readonly complaint?: string }
  | { readonly type: 'unreachable'; readonly endpoint: string; readonly complaint: string }
  | { readonly type: 'reachable'; readonly endpoint: string; readonly outFor: Millis }
  | { readonly type: 'policy-changed'; readonly chain: readonly string[] }
  | { readonly type: 'interceptor-failed'; readonly interceptor: string; readonly error: unknown }
  | { readonly type: 'compiled-out'; readonly interceptor: string; readonly faults: number }
  | ({ readonly endpoint: string } & EndpointEvent)
  | SharedEvent
  | ServerEvent
  | AdmissionEvent
)

/**
 * What a server tells; `service` is its own name. `operation` is the route where it is known by then, such as
 * `GET /items/:id`, else the method. Times count from when the request reached the middleware.
 */
export type ServerEvent =
  | { readonly type: 'request-began'; readonly operation: string; readonly criticality: Criticality; readonly attempt: number; readonly waited: Millis; readonly remaining?: Millis }
  | { readonly type: 'request-ended'; readonly operation: string; readonly criticality: Criticality; readonly status: number; readonly code?: Code; readonly latency: Millis; readonly wire?: ServerWire | undefined }
  | { readonly type: 'request-refused'; readonly operation: string; readonly criticality: Criticality; readonly policy: string; readonly why: string; readonly status: number; readonly latency: Millis; readonly wire?: ServerWire | undefined }
  | { readonly type: 'request-overran'; readonly operation: string; readonly criticality: Criticality; readonly after: Millis }
  | { readonly type: 'request-hung-up'; readonly operation: string; readonly criticality: Criticality; readonly after: Millis; readonly began: boolean; readonly wire?: ServerWire | undefined }
  | { readonly type: 'draining'; readonly inFlight: number; readonly within: Millis }
  | { readonly type: 'drained'; readonly took: Millis; readonly ended: number; readonly cut: number }

/** What the cluster tells, with the endpoint by its address. */
type EndpointEvent = ClusterEvent<Target> extends infer E ? (E extends { endpoint: unknown } ? Omit<E, 'endpoint'> : E) : never

/** A listener. One with `watch` is also handed each mesh and server that it hears of, to ask for what no event tells. */
export interface Observer {
  (event: MeshEvent): void
  /** Answers how to let go of it, called once when it is closed. One that throws is told of in the log once. */
  readonly watch?: ((source: Source) => () => void) | undefined
}

/**
 * The seam for telemetry. Costs one property read when nobody listens: `if (observers.active) observers.emit(…)`, so
 * that no event object is made. An observer that throws is told of in the log once and does not disturb the call.
 */
export class Observers {
  private readonly list: Observer[] = []
  private readonly faulty = new WeakSet<Observer>()
  /** What can be asked, with who has been handed it and how each lets go. */
  private readonly sources = new Map<Source, Map<Observer, () => void>>()
  active = false

  /** Answers how to stop listening. */
  add(observer: Observer): () => void {
    if (typeof observer !== 'function') throw new TypeError(`observe: got ${observer === null ? 'null' : typeof observer} (accepted: a function of one event)`)
    this.list.push(observer)
    this.active = true
    for (const [source, handed] of this.sources) this.hand(observer, source, handed)
    return () => {
      const index = this.list.indexOf(observer)
      if (index < 0) return
      this.list.splice(index, 1)
      this.active = this.list.length > 0
      if (!this.list.includes(observer)) for (const handed of this.sources.values()) this.takeBack(observer, handed)
    }
  }

  /** Whoever listens, now or later, may ask it from now on. Answers how to take it away. */
  offer(source: Source): () => void {
    const handed = new Map<Observer, () => void>()
    this.sources.set(source, handed)
    for (const observer of this.list.slice()) this.hand(observer, source, handed)
    return () => {
      this.sources.delete(source)
      for (const observer of handed.keys()) this.takeBack(observer, handed)
    }
  }

  emit(event: MeshEvent): void {
    for (const observer of this.list.slice()) {
      try {
        observer(event)
      } catch (error) {
        this.tellFault(observer, `on "${event.type}"`, error)
      }
    }
  }

  private hand(observer: Observer, source: Source, handed: Map<Observer, () => void>): void {
    if (observer.watch === undefined || handed.has(observer)) return
    try {
      handed.set(observer, observer.watch(source))
    } catch (error) {
      this.tellFault(observer, 'in its watch', error)
    }
  }

  private takeBack(observer: Observer, handed: Map<Observer, () => void>): void {
    const letGo = handed.get(observer)
    handed.delete(observer)
    try {
      letGo?.()
    } catch (error) {
      this.tellFault(observer, 'as it let go', error)
    }
  }

  private tellFault(observer: Observer, where: string, error: unknown): void {
    if (this.faulty.has(observer)) return
    this.faulty.add(observer)
    loud(`an observer threw ${where} and will not be reported again`, error)
  }
}
