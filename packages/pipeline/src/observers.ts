import { GuardedTrace, type CallTrace, type CallTracer, type RequestTrace } from './call-trace.ts'
import type { Call, CallContext } from './context.ts'
import type { MeshEvent } from './events.ts'
import { loud } from './loud.ts'
import { published, type MeshEventMessage } from './published.ts'
import type { Source } from './source.ts'
import { isThenable } from './thenable.ts'

/**
 * A listener. `call`: what the event is of; absent where it is of no call. One with `watch` is also handed each mesh and
 * server that it hears of, to ask for what no event tells; one with `tracer` follows calls.
 */
export interface Observer {
  (event: MeshEvent, call?: Call): void
  /** Answers how to let go of it, called once when it is closed. One that throws is told of in the log once. */
  readonly watch?: ((source: Source) => () => void) | undefined
  /** Of several observers that have one only the first follows calls: each would write its own trace into the same requests. */
  readonly tracer?: CallTracer | undefined
}

/**
 * The seam for telemetry. Costs two property reads when nobody listens: `if (observers.active) observers.emit(…)`, so
 * that no event object is made. An observer that throws is counted, told of in the log once, and does not disturb the call.
 */
export class Observers {
  private readonly list: Observer[] = []
  private readonly faulty = new WeakSet<object>()
  /** What can be asked, with who has been handed it and how each lets go. */
  private readonly sources = new Map<Source, Map<Observer, () => void>>()
  private listened = false
  private tracer: CallTracer | undefined = undefined
  /** How often an observer, or what follows calls, has thrown. */
  faults = 0
  private readonly publishes: boolean

  /** `publishes` false: all that it is told goes on to others, who publish it. */
  constructor(publishes = true) {
    this.publishes = publishes
  }

  get active(): boolean {
    return this.listened || published.hasSubscribers
  }

  /** Answers how to stop listening. */
  add(observer: Observer): () => void {
    if (typeof observer !== 'function') throw new TypeError(`observe: got ${observer === null ? 'null' : typeof observer} (accepted: a function of one event)`)
    this.list.push(observer)
    this.listChanged()
    for (const [source, handed] of this.sources) this.hand(observer, source, handed)
    return () => {
      const index = this.list.indexOf(observer)
      if (index < 0) return
      this.list.splice(index, 1)
      this.listChanged()
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

  emit(event: MeshEvent, call?: CallContext): void {
    for (const observer of this.list.slice()) {
      try {
        const answer: unknown = observer(event, call)
        if (answer !== undefined) this.awaitFault(observer, event.type, answer)
      } catch (error) {
        this.tellFault(observer, `on "${event.type}"`, error)
      }
    }
    call?.trace?.decided(event)
    if (this.publishes && published.hasSubscribers) published.publish({ event, call } satisfies MeshEventMessage)
  }

  /** The compiler takes an async function for an observer. That one which rejects would end the process. */
  private awaitFault(observer: Observer, type: string, answer: unknown): void {
    if (isThenable(answer)) answer.then(undefined, (error: unknown) => this.tellFault(observer, `on "${type}"`, error))
  }

  /** Whether a call that begins now is followed, and by whom. To be asked in the async context of its caller. */
  follow(call: Call): CallTrace | undefined {
    return this.tracer === undefined ? undefined : this.followedBy(this.tracer, call)
  }

  /** Apart, since what a closure holds is allocated as its function is entered: calls that nobody follows would pay for it. */
  private followedBy(tracer: CallTracer, call: Call): CallTrace | undefined {
    const fault = (where: string, error: unknown): void => this.tellFault(tracer, `in its tracer (${where})`, error)
    try {
      const trace = tracer.begin(call)
      return trace === undefined ? undefined : new GuardedTrace(trace, fault)
    } catch (error) {
      fault('begin', error)
      return undefined
    }
  }

  /** Whether a request that has just come is followed. To be asked in its own async context. */
  serve(): RequestTrace | undefined {
    return this.tracer?.serve === undefined ? undefined : this.servedBy(this.tracer)
  }

  private servedBy(tracer: CallTracer): RequestTrace | undefined {
    const guarded = <T>(fn: () => T): T | undefined => {
      try {
        return fn()
      } catch (error) {
        this.tellFault(tracer, 'in its tracer (serve)', error)
        return undefined
      }
    }
    const notes = guarded(() => tracer.serve?.())
    return notes === undefined ? undefined : (event) => guarded(() => notes(event))
  }

  private listChanged(): void {
    this.listened = this.list.length > 0
    this.tracer = this.list.find(({ tracer }) => tracer !== undefined)?.tracer
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

  private tellFault(observer: object, where: string, error: unknown): void {
    this.faults += 1
    if (this.faulty.has(observer)) return
    this.faulty.add(observer)
    loud(`an observer threw ${where} and will not be reported again`, error)
  }
}
