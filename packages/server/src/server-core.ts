import { absent, callerHungUp, checks, cutByDrain, deadlineExceeded, loud, nodeClock, nodeRandom, type Clock } from '@inmesh/pipeline'
import { Admission, DO_NOT_RETRY_HEADER, type AdmissionEvent, type AdmitOutcome, type Instant, type Millis, type Random, type Turned } from '@inmesh/policy'
import { Gate, nextTurn, sameTurn } from './admission/gate.ts'
import { TimerLoopDelay, type LoopDelay } from './admission/loop-delay.ts'
import { admissionRules } from './admission/rules.ts'
import { turnedAway } from './admission/turned-away.ts'
import { Drain, drainKind, type CutRequest, type DrainOptions, type DrainReport } from './drain/drain.ts'
import { Exits } from './drain/exits.ts'
import { HealthPaths } from './health.ts'
import type { CallOwner, InboundCall, RequestFacts } from './inbound-call.ts'
import type { CallerTerms } from './inbound/caller.ts'
import { InboundReader } from './inbound/inbound-reader.ts'
import type { ServerSnapshot } from './inspect.ts'
import { Limits } from './limits/limits.ts'
import { LoadMeter } from './load/index.ts'
import { Modes } from './modes.ts'
import { OperationNames } from './operation-names.ts'
import { assertServerOptions, type ServerOptions } from './options.ts'
import { refusal, type Refusal } from './refusal.ts'
import { guardedText } from './guarded-text.ts'
import type { Meshed, RequestMeter, ServerSeams } from './seams.ts'
import { Teller } from './teller.ts'

/** What becomes of a request; `gone`: there is nobody to answer. */
type Answer = Refusal | 'go' | 'wait' | 'gone'

const drained = refusal({ status: 503, policy: 'drain', why: 'draining', detail: 'this process is about to end' })
const arrivedLate = refusal({ status: 504, policy: 'deadline', why: 'arrived', detail: 'its deadline had passed when it arrived' })
/** For a call whose protocol has its own clock, and is ahead of ours. */
const gaveUp: Turned = { why: 'deadline', everywhere: false, retryAfter: 0 }
const tooLate: Refusal = refusal({ status: 504, policy: 'deadline', why: 'before-handler', detail: 'its deadline passed before its handler began' })

/**
 * What is between the socket and the handlers: refuses what is dead, over a rate or too much, opens the context for the
 * rest, and hears how each of them ends. Protocols are adapters' business.
 */
export class ServerCore implements CallOwner {
  readonly name: string
  readonly clock: Clock
  readonly exits: Exits = new Exits(() => this.gate?.connected())
  readonly callerTerms: CallerTerms
  readonly routeOf: (request: RequestFacts) => string | undefined
  readonly operations: OperationNames = new OperationNames()
  /** Undefined where replies tell nothing of the load. */
  readonly load: LoadMeter | undefined
  private readonly options: ServerOptions
  private readonly random: Random
  private readonly teller: Teller
  private readonly reader: InboundReader
  private readonly health: HealthPaths | undefined
  private readonly limits: Limits
  private readonly modes: Modes
  private readonly gate: Gate<InboundCall> | undefined = undefined
  private readonly loop: LoopDelay | undefined = undefined
  /** Whether a reply that has begun is bounded by its reader alone. */
  private readonly headOnly: boolean
  /** Those that wait and those at their handlers. */
  private readonly calls = new Set<InboundCall>()
  private readonly meters: RequestMeter[] = []
  private readonly counts = { began: 0, ended: 0, hungUp: 0, overran: 0, dead: 0, limits: 0, admission: 0, drain: 0, cut: 0 }
  private draining: Drain | undefined = undefined
  private readonly whenDraining: (() => void)[] = []
  private report: Promise<DrainReport> | undefined = undefined
  private closed = false
  private idle = false
  private readonly withdraw: () => void

  /** Throws one `TypeError` that lists every mistake. `adapter` is how messages call the options. */
  constructor(adapter: string, mesh: Meshed | undefined, options: ServerOptions = {}, seams: ServerSeams = {}) {
    assertServerOptions(adapter, options)
    const { deadline, admission, limits = [], load = false, health, tenantHeader = 'x-tenant-id', observers = [] } = options
    const host = mesh?.host
    this.options = options
    this.name = options.name ?? host?.service ?? 'server'
    this.clock = seams.clock ?? host?.clock ?? nodeClock()
    this.random = seams.random ?? nodeRandom
    this.teller = new Teller(this.name, this.clock, host, observers)
    this.reader = new InboundReader(options)
    this.callerTerms = this.reader.callerTerms
    this.routeOf = guardedText(options.route ?? (() => undefined), 'the option "route"', 'such requests go by what the framework knows, or by their method')
    this.health = health === false ? undefined : new HealthPaths(health)
    this.limits = new Limits(limits, tenantHeader, { service: this.name, clock: this.clock, observers: this.teller.observers, random: this.random, engine: host?.engine?.() })
    if (options.name === undefined && host?.service === undefined && this.limits.shared) {
      loud(`${adapter}: its limits are shared with every server that nobody named, whatever it serves, over the same engine (give it a name, or the mesh local.service)`)
    }
    this.modes = new Modes(host, options, this.limits)
    this.load = load === false ? undefined : new LoadMeter(load === true ? {} : load, { clock: this.clock })
    if (this.load !== undefined) this.meter(this.load)
    this.headOnly = deadline === false || deadline?.bounds !== 'whole'
    if (admission !== false) {
      const policy = new Admission<InboundCall>({ ...admissionRules(admission), notify: (event: AdmissionEvent) => this.teller.tell(event) })
      this.gate = new Gate(policy, this.clock, { started: (call) => this.start(call), turned: (call, turned) => this.leave(call, turned) }, seams.turn ?? nextTurn, seams.rest ?? sameTurn)
      const make = seams.loopDelay ?? ((now, busy, tell) => new TimerLoopDelay(now, busy, tell))
      this.loop = make(() => this.clock.now(), () => this.calls.size > 0, (delay, now, whole) => this.looked(delay, now, whole))
    }
    this.withdraw = this.teller.observers.offer({ state: () => ({ services: [], servers: [this.inspect()], observerFaults: this.teller.ownFaults }) })
  }

  /** Decides over a request that has just come: it goes on, waits, or is refused. */
  begin(call: InboundCall): void {
    if (this.closed) return call.proceed(false)
    call.notes = this.teller.observers.serve()
    let answer: Answer
    try {
      answer = this.decide(call)
    } catch (error) {
      this.teller.fault(error)
      answer = 'go'
    }
    if (answer === 'gone') this.missed(call)
    else if (answer === 'go') this.start(call)
    else if (answer !== 'wait') this.refuse(call, answer)
    else {
      call.phase = 'waiting'
      this.calls.add(call)
    }
  }

  /** Another middleware has a request that reached this one: said once, since options that do nothing look like ones that do. */
  passedOver(): void {
    if (!this.idle) loud(`${this.name}: inmesh is mounted further out already; the options given here do nothing for its requests`)
    this.idle = true
  }

  refusedLate(call: InboundCall): boolean {
    if (call.phase !== 'running' || !call.isDead) return false
    this.counts.dead += 1
    this.answer(call, tooLate)
    return true
  }

  /** For every request that reaches its handler from now on. Answers how to stop. */
  meter(meter: RequestMeter): () => void {
    this.meters.push(meter)
    return () => {
      const at = this.meters.indexOf(meter)
      if (at >= 0) this.meters.splice(at, 1)
    }
  }

  // ── how a request ends ─────────────────────────────────────────────────────────────────────────────────────────────

  ended(call: InboundCall, status: number): void {
    const { phase } = call
    if (!this.over(call)) return
    if (phase === 'running' && call.counted) this.answered(call, status, this.clock.now())
    this.draining?.left()
  }

  private answered(call: InboundCall, status: number, now: Instant): void {
    const { teller, meters } = this
    const failed = status >= 500 || call.overran
    this.counts.ended += 1
    this.release(call, now, call.overran || status === 504 ? 'dropped' : failed ? 'ignored' : 'good')
    for (const meter of meters) meter.ended(now, failed)
    if (teller.heard) {
      const { operation, importance: criticality, code, onWire: wire } = call
      teller.tell({ type: 'request-ended', operation, criticality, status, ...(code === undefined ? {} : { code }), latency: now - call.arrived, wire }, now, call.notes)
    }
  }

  /** Of the core's own only what never throws stands here: a handler is in the middle of its reply. */
  heading(call: InboundCall, status: number): void {
    // What failed below was tried again there, or decided against: a caller that tries again does it all once more.
    if (call.failedBelow && status >= 500) call.addAtHead(DO_NOT_RETRY_HEADER, '1')
    const now = this.clock.now()
    for (const meter of this.meters) call.report(meter, now)
  }

  hungUp(call: InboundCall): void {
    const began = call.phase === 'running'
    if (!this.over(call)) return
    const now = this.clock.now()
    const after = now - call.arrived
    if (call.counted) {
      const { teller, meters } = this
      this.counts.hungUp += 1
      if (began) this.release(call, now, 'ignored')
      else this.gate?.quit(call)
      if (began) for (const meter of meters) meter.ended(now, false)
      if (teller.heard) teller.tell({ type: 'request-hung-up', operation: call.operation, criticality: call.importance, after, began, wire: call.onWire }, now, call.notes)
    }
    this.draining?.left()
    if (call.acts) call.cancel({ why: 'caller', error: callerHungUp({ service: this.name, operation: call.operation, after }) })
  }

  /** Time is up for a request that waits, or is at its handler. */
  timeUp(call: InboundCall): void {
    if (call.phase === 'waiting') {
      this.gate?.quit(call)
      return this.leave(call, gaveUp)
    }
    if (call.phase !== 'running') return
    if (this.headOnly && call.headSent) {
      // Its reader has what it waited for and stays: what is still to come is bounded by nothing but that.
      call.deadline = Infinity
      return
    }
    const now = this.clock.now()
    const after = now - call.arrived
    call.overran = true
    this.counts.overran += 1
    if (this.teller.heard) this.teller.tell({ type: 'request-overran', operation: call.operation, criticality: call.importance, after }, now, call.notes)
    call.cancel({ why: 'deadline', error: deadlineExceeded({ service: this.name, operation: call.operation, policy: 'deadline', limit: call.deadline - call.arrived, after }) })
  }

  // ── the whole server ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether a drain has begun, or is over. */
  get isDraining(): boolean {
    return this.draining !== undefined
  }

  /** Runs `fn` once, as a drain begins: for a protocol with a word of its own for it. */
  onDraining(fn: () => void): void {
    this.whenDraining.push(fn)
  }

  /** See `ServerControl.drain`. Who asks again gets the first one's report. */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    try {
      checks.assertKind('drain', options, drainKind)
    } catch (mistake) {
      // Kept as the report, it would be all that a later and right one gets.
      return Promise.reject(mistake as Error)
    }
    this.report ??= this.shutDown(options)
    return this.report
  }

  inspect(): ServerSnapshot {
    const { counts: { limits, admission, drain, ...requests }, gate, calls } = this
    const now = this.clock.now()
    let waiting = 0
    let oldest = 0
    for (const { phase, arrived } of calls) {
      if (phase === 'waiting') waiting += 1
      oldest = Math.max(oldest, now - arrived)
    }
    return {
      name: this.name,
      mode: this.modes.ceiling,
      state: this.closed ? 'closed' : this.draining === undefined ? 'serving' : 'draining',
      inFlight: calls.size - waiting, waiting, oldest,
      requests: { ...requests, refused: { limits, admission, drain } },
      ignored: this.reader.ignored.inspect(),
      ...(this.load === undefined ? {} : { load: this.load.inspect(now) }),
      ...(gate === undefined ? {} : { admission: gate.admission.inspect(now) }),
      limits: this.limits.inspect(now),
    }
  }

  /** Lets everything pass from now on, and leaves no timer behind. Requests under way keep their context. */
  close(): void {
    this.closed = true
    this.loop?.stop()
    this.gate?.release()
    this.load?.close()
    this.limits.close()
    this.exits.forget()
    this.withdraw()
  }

  // ── what becomes of a request ──────────────────────────────────────────────────────────────────────────────────────

  private decide(call: InboundCall): Answer {
    const { draining, health, modes: { terms } } = this
    if (draining !== undefined) call.closeAfter()
    if (health?.has(call) === true) {
      if (draining === undefined || !health.asksReadiness(call)) return 'go'
      this.counts.drain += 1
      return drained
    }
    if (terms.mode === 'off') return 'go'
    call.counted = true
    const dice = terms.draws ? this.random.next() : 0
    call.acts = dice < terms.inbound
    if (this.reader.read(call, terms.deadline, dice)) this.teller.would(call, 'deadline', 'refuse')
    if (call.gone) return call.acts ? 'gone' : 'go'
    if (call.givenUp <= call.arrived) {
      this.counts.dead += 1
      return arrivedLate
    }
    return this.overRate(call, dice) ?? this.crowded(call, dice < terms.admission, terms.admission === absent)
  }

  private overRate(call: InboundCall, dice: number): Refusal | undefined {
    if (this.limits.none) return undefined
    const refused = this.limits.admit(call, dice, call.arrived, this.teller)
    if (refused !== undefined) this.counts.limits += 1
    return refused
  }

  private crowded(call: InboundCall, acts: boolean, off: boolean): Refusal | 'go' | 'wait' {
    const { gate, loop } = this
    if (gate === undefined || off) return 'go'
    loop?.wake(call.arrived)
    if (!acts) {
      const answer = gate.pass(call, call.arrived)
      if (answer !== 'start') this.teller.would(call, 'admission', answer === 'wait' ? 'wait' : 'refuse')
      return 'go'
    }
    const answer = gate.arrive(call, call.arrived)
    if (answer === 'wait') return answer
    return answer === 'start' ? 'go' : this.turned(answer)
  }

  private turned(turned: Turned): Refusal {
    if (turned.why === 'deadline') this.counts.dead += 1
    else {
      this.counts.admission += 1
      for (const meter of this.meters) meter.refused?.()
    }
    return turnedAway(turned)
  }

  /** Its handler begins. */
  private start(call: InboundCall): void {
    const { teller, meters } = this
    // Its end has been: kept, it would be under way for ever.
    if (call.phase === 'new' && call.gone) {
      call.phase = 'over'
      return call.proceed(call.counted)
    }
    const now = call.phase === 'waiting' ? this.clock.now() : call.arrived
    call.phase = 'running'
    this.calls.add(call)
    if (!call.counted) return call.proceed(false)
    call.started = now
    this.counts.began += 1
    if (call.deadline !== Infinity) call.timer = this.clock.schedule(call.deadline, false, timeUp, call)
    for (const meter of meters) measure(call, meter, now)
    if (teller.heard) {
      const { operation, importance: criticality, attempt, arrived, remaining } = call
      teller.tell({ type: 'request-began', operation, criticality, attempt, waited: now - arrived, ...(remaining === undefined ? {} : { remaining }) }, now, call.notes)
    }
    call.proceed(true)
  }

  /** Its caller hung up before it came here, while something in front of us was at work: there is nobody to answer. */
  private missed(call: InboundCall): void {
    call.phase = 'over'
    this.counts.hungUp += 1
    if (this.teller.heard) this.teller.tell({ type: 'request-hung-up', operation: call.operation, criticality: call.importance, after: 0, began: false, wire: call.onWire }, call.arrived, call.notes)
  }

  private refuse(call: InboundCall, refused: Refusal): void {
    call.phase = 'over'
    this.answer(call, refused)
  }

  private answer(call: InboundCall, refused: Refusal): void {
    const { teller } = this
    const { policy, why, status, detail } = refused
    if (teller.heard) {
      const now = this.clock.now()
      teller.tell({ type: 'request-refused', operation: call.operation, criticality: call.importance, policy, why, detail, status, latency: now - call.arrived, wire: call.onWire }, now, call.notes)
    }
    // A client that balances by load has to hear it from those that refuse first of all.
    if (this.meters.length > 0 && !call.headSent) {
      const now = this.clock.now()
      for (const meter of this.meters) call.report(meter, now)
    }
    call.refuse(refused)
  }

  /** It leaves the line unserved. */
  private leave(call: InboundCall, turned: Turned): void {
    if (!this.over(call)) return
    this.refuse(call, this.turned(turned))
    this.draining?.left()
  }

  /** Whether this was its end; whatever comes after the first says nothing. */
  private over(call: InboundCall): boolean {
    if (call.phase === 'over') return false
    call.phase = 'over'
    call.timer?.cancel()
    this.calls.delete(call)
    return true
  }

  private release(call: InboundCall, now: Instant, outcome: AdmitOutcome): void {
    try {
      this.gate?.finish(call, now, outcome)
    } catch (error) {
      this.teller.fault(error)
    }
  }

  /** A stretch of the loop is over, or is known to be late before it is. */
  private looked(delay: Millis, now: Instant, whole: boolean): void {
    try {
      this.gate?.admission.delayed(delay, now, whole)
    } catch (error) {
      this.teller.fault(error)
    }
    // A reply that has begun and goes on is a stream, or has a slow reader: it says nothing about room, and twenty of them
    // would be a whole limit. Looked at here, since Node tells nobody when a head goes out.
    for (const call of this.calls) if (call.slot && call.headSent) this.release(call, now, 'ignored')
  }

  // ── the end of it ──────────────────────────────────────────────────────────────────────────────────────────────────

  private async shutDown(options: DrainOptions): Promise<DrainReport> {
    const { calls, exits, teller } = this
    const { drain: own = {} } = this.options
    const { server, within = own.within, notice = own.notice } = options
    const drain = new Drain(this.clock, { cutAll: (within) => this.cutAll(within), size: () => calls.size }, within, notice)
    this.draining = drain
    for (const tell of this.whenDraining) tell()
    teller.tell({ type: 'draining', inFlight: calls.size, within: drain.within })
    for (const call of calls) call.closeAfter()
    const report = await drain.run(() => {
      exits.sayGoodbye()
      return server === undefined ? exits.seen : [server].flat()
    })
    exits.cut()
    teller.tell({ type: 'drained', took: report.took, ended: report.ended, cut: report.cut.length })
    this.close()
    return report
  }

  private cutAll(within: Millis): readonly CutRequest[] {
    const now = this.clock.now()
    return [...this.calls].map((call) => {
      const { method, path, route, phase, operation } = call
      const waited = phase === 'waiting'
      const age = now - call.arrived
      if (waited) this.gate?.quit(call)
      else if (call.counted) for (const meter of this.meters) meter.ended(now, true)
      this.over(call)
      this.counts.cut += 1
      this.release(call, now, 'ignored')
      call.cancel({ why: 'closed', error: cutByDrain({ service: this.name, operation, after: age, within }) })
      call.cut()
      return { method, path, route, age, phase: waited ? 'waiting' : 'running' }
    })
  }
}

function measure(call: InboundCall, meter: RequestMeter, now: Instant): void {
  meter.began(now)
  if (meter.replyHeaders !== undefined) call.watchHead()
}

function timeUp(call: InboundCall): void {
  call.owner.timeUp(call)
}
