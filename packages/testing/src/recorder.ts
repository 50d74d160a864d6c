import type { MeshEvent, Observer } from '@inmesh/pipeline'
import { traceOf } from './trace.ts'

export type EventOf<T extends MeshEvent['type']> = MeshEvent & { readonly type: T }

/** An observer that keeps what it hears: hand it to `observers`, to `composeWith({ observe })`, or read it off a test service. */
export interface Recorder extends Observer {
  readonly events: readonly MeshEvent[]
  /** The events of one type, in order. */
  of<T extends MeshEvent['type']>(type: T): EventOf<T>[]
  /** The types in the order in which they came, one for each event. */
  types(): MeshEvent['type'][]
  /** The latest of a type; undefined when there was none. */
  last<T extends MeshEvent['type']>(type: T): EventOf<T> | undefined
  /**
   * One line for each event, keys sorted, errors by name, code and message: equal byte for byte whenever the same
   * seed meets the same virtual clock. Leaves stacks out: they name files of this machine.
   */
  trace(): string
  clear(): void
}

export function recorder(): Recorder {
  const events: MeshEvent[] = []
  const of = <T extends MeshEvent['type']>(type: T): EventOf<T>[] => events.filter((event): event is EventOf<T> => event.type === type)
  return Object.assign((event: MeshEvent) => void events.push(event), {
    events,
    of,
    types: () => events.map((event) => event.type),
    last: <T extends MeshEvent['type']>(type: T) => of(type).at(-1),
    trace: () => traceOf(events),
    clear: () => void events.splice(0),
  })
}
