import { beginAmbient } from '@inmesh/pipeline'
import type { Below } from '@inmesh/pipeline'
import type { Criticality, Instant, Outcome } from '@inmesh/policy'
import { INBOUND_RESERVE } from '@inmesh/policy'
import type { RequestClass } from '../../scenario/request-class.ts'
import type { InnerCall, Service, Step } from '../../scenario/service.ts'
import { DRAW } from '../../workload/draws.ts'
import { DirectTry } from '../clients/direct.ts'
import type { CallSink, Upstream, VirtualClient } from '../contract.ts'
import type { Engine } from '../engine.ts'
import { Call } from '../load/call.ts'
import type { CallOwner } from '../load/call.ts'
import { exhausted, OK, outcomeOfStatus } from '../outcomes.ts'
import type { Try } from '../try.ts'

/** How one replica reaches the services it calls. */
export interface Callees {
  clientOf(service: string): VirtualClient
  routesTo(service: string): readonly Upstream[]
}

/** A replica, as its handler needs it. */
export interface Served {
  readonly engine: Engine
  readonly service: Service
  proceed(sent: Try): void
  conclude(sent: Try, outcome: Outcome): void
  whenRunning(act: () => void): void
}

/** What a replica calls for each call it gets, before and after its own work. */
export class Handler {
  readonly holdsSlot: boolean
  readonly instance: Served
  readonly callees: Callees
  readonly sink: CallSink
  private readonly stepsBefore: readonly Step[]
  private readonly stepsAfter: readonly Step[]
  /** Calls that handlers of this replica made of measured calls of the load. */
  made = 0
  private readonly isMeasured: (root: number) => boolean
  private readonly inherited = new Map<InnerCall, Map<Criticality, RequestClass>>()

  constructor(instance: Served, callees: Callees, sink: CallSink, isMeasured: (root: number) => boolean) {
    const { calls, holdsSlot } = instance.service
    this.instance = instance
    this.callees = callees
    this.sink = sink
    this.isMeasured = isMeasured
    this.holdsSlot = holdsSlot
    this.stepsBefore = calls.filter(({ when }) => when === 'before')
    this.stepsAfter = calls.filter(({ when }) => when === 'after')
  }

  before(sent: Try): void {
    new Serving(this, sent, this.stepsBefore, (outcome) => {
      if (outcome.kind === 'success') this.instance.proceed(sent)
      else this.instance.conclude(sent, outcome)
    }).next()
  }

  after(sent: Try): void {
    new Serving(this, sent, this.stepsAfter, (outcome) => this.instance.conclude(sent, outcome)).next()
  }

  /** An inner call as one that matters as much as what it is made for. */
  classOf(inner: InnerCall, criticality: Criticality | undefined): RequestClass {
    const { requestClass, inherits } = inner
    if (criticality === undefined || !inherits || criticality === requestClass.criticality) return requestClass
    let classes = this.inherited.get(inner)
    if (classes === undefined) this.inherited.set(inner, (classes = new Map()))
    let known = classes.get(criticality)
    if (known === undefined) classes.set(criticality, (known = { ...requestClass, criticality }))
    return known
  }

  count(root: number): void {
    if (this.isMeasured(root)) this.made++
  }
}

const FAILED_BELOW = 502

/** One call being served: its inner calls, step by step. */
class Serving implements CallOwner {
  private readonly handler: Handler
  private readonly sent: Try
  private readonly steps: readonly Step[]
  private readonly done: (outcome: Outcome) => void
  private step = -1
  private queue: (() => void)[] = []
  private open = 0
  private failed = false
  private readonly below: Below = { failed: false }
  private number: number

  constructor(handler: Handler, sent: Try, steps: readonly Step[], done: (outcome: Outcome) => void) {
    this.handler = handler
    this.sent = sent
    this.steps = steps
    this.done = done
    // Steps before and after draw apart.
    this.number = steps[0]?.when === 'after' ? 1 << 20 : 0
  }

  next(): void {
    const step = this.steps[++this.step]
    if (step === undefined) return this.done(OK)
    this.queue = step.calls.flatMap((inner) => this.expand(inner))
    if (this.queue.length === 0) return this.next()
    const { queue } = this
    if (step.mode === 'sequential') return this.sendNext()
    this.queue = []
    this.open = queue.length
    for (const send of queue) send()
  }

  ended(_call: Call, outcome: Outcome, _now: Instant): void {
    // A process that stands still hears of it later; one that was killed never does.
    this.handler.instance.whenRunning(() => this.heard(outcome))
  }

  private heard(outcome: Outcome): void {
    if (this.sent.seat === -1) return
    this.open--
    if (outcome.kind !== 'success') this.failed = true
    const step = this.steps[this.step]
    const fails = this.failed && step?.onFailure === 'fail'
    if (!fails && this.queue.length > 0) return this.sendNext()
    if (this.open > 0) return
    this.queue = []
    if (fails) return this.done(this.below.failed ? exhausted(FAILED_BELOW) : outcomeOfStatus(FAILED_BELOW))
    this.failed = false
    this.next()
  }

  private sendNext(): void {
    this.open++
    this.queue.shift()?.()
  }

  private expand(inner: InnerCall): (() => void)[] {
    const { callees } = this.handler
    const { service } = inner.requestClass
    if (inner.to === 'any') {
      return Array.from(
        { length: inner.count },
        () => () => this.within(() => callees.clientOf(service).call(this.make(inner), this.handler.sink))
      )
    }
    const routes = callees.routesTo(service)
    const chosen = inner.to === 'all' ? routes : this.drawn(routes, inner.count)
    return chosen.map((route) => () => this.sendTo(route, inner))
  }

  /** In the context of what it serves, as the server half opens it: what is called inherits it through the mesh. */
  private within(send: () => void): void {
    const { headers } = this.sent
    if (headers === undefined) return send()
    const { deadline, criticality, noRetry } = headers
    beginAmbient({ deadline: deadline - INBOUND_RESERVE, criticality, noRetry, below: this.below }, send)
  }

  private sendTo(route: Upstream, inner: InnerCall): void {
    const call = this.make(inner)
    route.send(call, 0, new DirectTry(call, this.handler.sink))
  }

  private make(inner: InnerCall): Call {
    const { agenda, draws } = this.engine
    const { call } = this.sent
    const root = call.root ?? call.index
    this.handler.count(root)
    const index = Math.floor(draws.of(call.index, this.number++, DRAW.inner) * 0x7fffffff)
    const requestClass = this.handler.classOf(inner, this.sent.headers?.criticality)
    const made = new Call(this, index, root, requestClass, agenda.now(), undefined)
    if (made.deadline < Infinity) agenda.enter(made, made.deadline)
    return made
  }

  /** A part of a shuffle (Fisher and Yates): each of the first `count` places drawn from those that are left. */
  private drawn(routes: readonly Upstream[], count: number): Upstream[] {
    const rest = [...routes]
    const { call } = this.sent
    return Array.from({ length: Math.min(count, rest.length) }, (_, at) => {
      const u = this.engine.draws.of(call.index, at, DRAW.shard)
      return rest.splice(Math.floor(u * rest.length), 1)[0] as Upstream
    })
  }

  private get engine(): Engine {
    return this.handler.instance.engine
  }
}
