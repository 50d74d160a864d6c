import {
  absent, cutByDrain, callerHungUp, deadlineExceeded, durationOf, enforcement, killSwitchVariable, loud, nodeClock, nodeRandom, Observers,
  parseKillSwitch, strictest, type Clock, type Enforcement, type MeshEvent, type MeshHost, type Mode,
} from '@inmesh/pipeline'
import {
  Admission, capCriticality, CRITICALITY_HEADER, INBOUND_RESERVE, suppressesExtraTries,
  type AdmissionOptions, type AdmitOutcome, type Criticality, type Instant, type Millis, type Random, type Turned,
} from '@inmesh/policy'
import { Gate, nextTurn, type NextTurn } from './admission/gate.ts'
import { TimerLoopDelay, type DelayListener, type LoopDelay } from './admission/loop-delay.ts'
import { turnedAway } from './admission/turned-away.ts'
import type { Door } from './drain/door.ts'
import { Drain, type CutRequest, type DrainOptions, type DrainReport } from './drain/drain.ts'
import { HealthPaths } from './health.ts'
import type { CallOwner, InboundCall, RequestFacts } from './inbound-call.ts'
import type { CallerTerms } from './inbound/caller.ts'
import { IgnoredValues } from './inbound/ignored.ts'
import { readInbound } from './inbound/read-inbound.ts'
import { trusting } from './inbound/trust.ts'
import type { ServerSnapshot } from './inspect.ts'
import { Limits } from './limits/limits.ts'
import { assertServerOptions, type ServerAdmissionOptions, type ServerOptions } from './options.ts'
import { refusal, type Refusal } from './refusal.ts'

/** Anything that lends what servers need: a mesh of `createMesh`. */
export interface Meshed {
  readonly host: MeshHost
}

/** What hears of requests to measure load, and may add to their replies. */
export interface RequestMeter {
  began(now: Instant): void
  /** `failed`: a status of 500 or more, or a handler that did not end in time. */
  ended(now: Instant, failed: boolean): void
  /** Headers for the reply of a request that begins: name, value, name, value. Asked before the handler, whose own win. */
  replyHeaders?(now: Instant): readonly string[]
}

/** What comes from the machine, so that tests move it by hand. */
export interface ServerSeams {
  readonly clock?: Clock
  readonly random?: Random
  readonly turn?: NextTurn
  readonly loopDelay?: (now: () => Instant, busy: () => boolean, tell: DelayListener) => LoopDelay
}

/** How far each policy may go under the mode that is in force. */
interface Terms {
  readonly mode: Mode
  readonly deadline: Enforcement
  readonly admission: Enforcement
  /** Whether anything acts for a share of requests only. */
  readonly draws: boolean
}

const drained = refusal({ status: 503, policy: 'drain', why: 'draining', detail: 'this process is about to end' })
const arrivedLate = refusal({ status: 504, policy: 'deadline', why: 'arrived', detail: 'its deadline had passed when it arrived' })
/** For adapters that have a say between the middleware and the handler, such as when the body has been read. */
export const tooLate: Refusal = refusal({ status: 504, policy: 'deadline', why: 'before-handler', detail: 'its deadline passed before its handler began' })

/**
 * What is between the socket and the handlers: reads what requests say of themselves, refuses what is dead, over a rate or
 * too much, opens the context for the rest, and hears how each of them ends. Protocols are adapters' business.
 */
export class ServerCore implements CallOwner {
  readonly name: string
  readonly clock: Clock
  readonly callerTerms: CallerTerms
  private readonly host: MeshHost | undefined
  private readonly options: ServerOptions
  private readonly observers: Observers
  private readonly random: Random
  private readonly environment: Mode
  private readonly ignored = new IgnoredValues()
  private readonly health: HealthPaths | undefined
  private readonly limits: Limits
  private readonly gate: Gate<InboundCall> | undefined
  private readonly loop: LoopDelay | undefined
  private readonly reserve: Millis
  private readonly streams: boolean
  private readonly maxCriticality: Criticality
  private readonly unsaid: Criticality
  private readonly unsaidInherited: Criticality | undefined
  private readonly calls = new Set<InboundCall>()
  private readonly doors = new Set<Door>()
  private readonly sessions = new Set<Session>()
  private readonly meters: RequestMeter[] = []
  private readonly counts = { began: 0, ended: 0, hungUp: 0, overran: 0, dead: 0, limits: 0, admission: 0, drain: 0, cut: 0 }
  private terms: Terms
  private draining: Drain | undefined = undefined
  private report: Promise<DrainReport> | undefined = undefined
  private closed = false
  private faulty = false

  /** Throws one `TypeError` that lists every mistake. `adapter` is how messages call the options. */
  constructor(adapter: string, mesh: Meshed | undefined, options: ServerOptions = {}, seams: ServerSeams = {}) {
    assertServerOptions(adapter, options)
    const { deadline, admission, limits = [], health, tenantHeader = 'x-tenant-id', callerHeader = 'x-forwarded-client-cert', criticality, maxCriticality = 'CRITICAL' } = options
    this.host = mesh?.host
    this.options = options
    this.environment = modeOfEnvironment()
    this.name = options.name ?? this.host?.service ?? 'server'
    this.clock = seams.clock ?? this.host?.clock ?? nodeClock()
    this.random = seams.random ?? nodeRandom
    this.observers = observersOf(this.host, options)
    this.callerTerms = { header: callerHeader, trusts: trusting(options.trust), ignored: this.ignored }
    this.health = health === false ? undefined : new HealthPaths(health)
    this.limits = new Limits(limits, tenantHeader)
    this.reserve = deadline === false ? 0 : durationOf(deadline?.reserve ?? INBOUND_RESERVE, 'deadline.reserve')
    this.streams = deadline === false || deadline?.bounds !== 'whole'
    this.maxCriticality = maxCriticality
    this.unsaid = criticality ?? capCriticality('CRITICAL', maxCriticality)
    this.unsaidInherited = criticality ?? (this.unsaid === 'CRITICAL' ? undefined : this.unsaid)
    if (admission !== false) {
      const notify = (event: object): void => this.tell(event as Told)
      const policy = new Admission<InboundCall>({ ...admissionRules(admission), notify })
      this.gate = new Gate(policy, this.clock, { started: (call) => this.start(call), turned: (call, turned) => this.leave(call, turned) }, seams.turn ?? nextTurn)
      const make = seams.loopDelay ?? ((now, busy, tell) => new TimerLoopDelay(now, busy, tell))
      this.loop = make(() => this.clock.now(), () => this.calls.size > 0, (delay, now) => this.looked(delay, now))
    }
    this.terms = this.compiled(this.ceiling)
  }

  /** Decides over a request that has just come: it goes on, waits, or is refused. */
  begin(call: InboundCall): void {
    if (this.closed) return call.proceed(false)
    let answer: Refusal | 'go' | 'wait'
    try {
      answer = this.decide(call)
    } catch (error) {
      this.fault(error)
      answer = 'go'
    }
    if (answer === 'go') this.start(call)
    else if (answer !== 'wait') this.refuse(call, answer)
    else {
      call.phase = 'waiting'
      this.calls.add(call)
    }
  }

  /** For every request that reaches its handler from now on. Answers how to stop. */
  meter(meter: RequestMeter): () => void {
    this.meters.push(meter)
    return () => {
      const at = this.meters.indexOf(meter)
      if (at >= 0) this.meters.splice(at, 1)
    }
  }

  /** A server that requests come from: a drain closes it. */
  saw(door: Door): void {
    this.doors.add(door)
  }

  /** A connection of HTTP/2, which is told that there will be no more. */
  sawSession(session: Session): void {
    if (this.sessions.has(session)) return
    this.sessions.add(session)
    session.once('close', () => this.sessions.delete(session))
    if (this.draining !== undefined) session.close()
  }

  routeOf(call: RequestFacts): string | undefined {
    try {
      return this.options.route?.(call)
    } catch (error) {
      this.fault(error)
      return undefined
    }
  }

  ended(call: InboundCall, status: number): void {
    const { phase } = call
    if (!this.over(call)) return
    const now = this.clock.now()
    if (phase === 'running') {
      this.counts.ended += 1
      const failed = status >= 500 || call.overran
      this.release(call, now, call.overran || status === 504 ? 'dropped' : failed ? 'ignored' : 'good')
      for (const meter of this.meters) meter.ended(now, failed)
      if (this.observers.active) this.tell({ type: 'request-ended', operation: call.operation, criticality: call.importance, status, latency: now - call.arrived }, now)
    }
    this.draining?.left()
  }

  hungUp(call: InboundCall): void {
    const began = call.phase === 'running'
    if (!this.over(call)) return
    const now = this.clock.now()
    const after = now - call.arrived
    this.counts.hungUp += 1
    if (began) {
      this.release(call, now, 'ignored')
      for (const meter of this.meters) meter.ended(now, false)
    } else this.gate?.quit(call)
    if (this.observers.active) this.tell({ type: 'request-hung-up', operation: call.operation, criticality: call.importance, after, began }, now)
    this.draining?.left()
    call.cancel({ why: 'caller', error: callerHungUp({ service: this.name, operation: call.operation, after }) })
  }

  /** See `ServerControl.drain`. The second asks for the first one's report. */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
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
      mode: this.ceiling,
      state: this.closed ? 'closed' : this.draining === undefined ? 'serving' : 'draining',
      inFlight: calls.size - waiting, waiting, oldest,
      requests: { ...requests, refused: { limits, admission, drain } },
      ignored: this.ignored.inspect(),
      ...(gate === undefined ? {} : { admission: gate.admission.inspect(now) }),
      limits: this.limits.inspect(),
    }
  }

  /** Lets everything pass from now on, and leaves no timer behind. Requests under way keep their context. */
  close(): void {
    this.closed = true
    this.loop?.stop()
    this.gate?.stop()
    this.doors.clear()
  }

  private get ceiling(): Mode {
    return strictest(this.environment, this.host?.mode(), this.options.mode)
  }

  private compiled(mode: Mode): Terms {
    const { deadline, admission, limits = [] } = this.options
    const shareOf = (own: { readonly mode?: Mode } | false | undefined): Enforcement => (own === false ? absent : enforcement(strictest(mode, own?.mode)))
    this.limits.under(mode)
    const shares = [shareOf(deadline), shareOf(admission), ...limits.map(shareOf)]
    return { mode, deadline: shares[0]!, admission: shares[1]!, draws: shares.some((share) => share > 0 && share < 1) }
  }

  private decide(call: InboundCall): Refusal | 'go' | 'wait' {
    const { ceiling, draining, health } = this
    if (ceiling !== this.terms.mode) this.terms = this.compiled(ceiling)
    const { terms } = this
    if (draining !== undefined) call.closeAfter()
    if (health?.has(call) === true) {
      if (draining === undefined || !health.asksReadiness(call)) return 'go'
      this.counts.drain += 1
      return drained
    }
    if (terms.mode === 'off') return 'go'
    call.counted = true
    const dice = terms.draws ? this.random.next() : 0
    this.read(call, dice)
    return this.dead(call) ?? this.overRate(call, dice) ?? this.crowded(call, dice)
  }

  private read(call: InboundCall, dice: number): void {
    readInbound(call.headers, call, this.ignored)
    const { said, mark, remaining } = call
    if (said === undefined) {
      call.importance = this.unsaid
      call.criticality = this.unsaidInherited
    } else call.importance = call.criticality = this.capped(call, said)
    if (mark !== undefined) call.noRetry = suppressesExtraTries(mark)
    const { deadline: share } = this.terms
    if (remaining === undefined || share === absent) return
    const givenUp = call.arrived + remaining
    if (dice < share) {
      call.givenUp = givenUp
      call.deadline = givenUp - this.reserve
    } else if (remaining === 0) this.would(call, 'deadline', 'refuse')
  }

  private capped(call: InboundCall, said: Criticality): Criticality {
    const capped = capCriticality(said, this.maxCriticality)
    if (capped === said || this.callerTerms.trusts(call.peer)) return said
    this.ignored.count(CRITICALITY_HEADER)
    return capped
  }

  private dead(call: InboundCall): Refusal | undefined {
    if (call.givenUp > call.arrived) return undefined
    this.counts.dead += 1
    return arrivedLate
  }

  private overRate(call: InboundCall, dice: number): Refusal | undefined {
    if (this.limits.none) return undefined
    const refused = this.limits.admit(call, dice, call.arrived, (limit) => this.would(call, `limits.${limit}`, 'refuse'))
    if (refused !== undefined) this.counts.limits += 1
    return refused
  }

  private crowded(call: InboundCall, dice: number): Refusal | 'go' | 'wait' {
    const { gate, loop, terms } = this
    if (gate === undefined || terms.admission === absent) return 'go'
    loop?.wake()
    if (dice >= terms.admission) {
      const answer = gate.pass(call, call.arrived)
      if (answer !== 'start') this.would(call, 'admission', answer === 'wait' ? 'wait' : 'refuse')
      return 'go'
    }
    const answer = gate.arrive(call, call.arrived)
    if (answer === 'wait') return 'wait'
    if (answer === 'start') return 'go'
    return this.turned(answer)
  }

  private turned(turned: Turned): Refusal {
    if (turned.why === 'deadline') this.counts.dead += 1
    else this.counts.admission += 1
    return turnedAway(turned)
  }

  /** Its handler begins. */
  private start(call: InboundCall): void {
    const now = call.phase === 'waiting' ? this.clock.now() : call.arrived
    call.phase = 'running'
    this.calls.add(call)
    if (!call.counted) return call.proceed(false)
    call.started = now
    this.counts.began += 1
    if (call.deadline !== Infinity) call.timer = this.clock.schedule(call.deadline, false, timeUp, call)
    for (const meter of this.meters) this.measure(call, meter, now)
    if (this.observers.active) {
      const { operation, importance: criticality, attempt, arrived, remaining } = call
      this.tell({ type: 'request-began', operation, criticality, attempt, waited: now - arrived, ...(remaining === undefined ? {} : { remaining }) }, now)
    }
    call.proceed(true)
  }

  private measure(call: InboundCall, meter: RequestMeter, now: Instant): void {
    meter.began(now)
    const headers = meter.replyHeaders?.(now)
    if (headers === undefined) return
    for (let i = 0; i < headers.length; i += 2) call.setHeader(headers[i]!, headers[i + 1]!)
  }

  private refuse(call: InboundCall, refused: Refusal): void {
    call.phase = 'over'
    this.tellRefused(call, refused)
    call.refuse(refused)
  }

  /** It leaves the line unserved. */
  private leave(call: InboundCall, turned: Turned): void {
    if (!this.over(call)) return
    this.tellRefused(call, this.turned(turned))
    call.refuse(turnedAway(turned))
    this.draining?.left()
  }

  private tellRefused(call: InboundCall, { policy, why, status }: Refusal): void {
    if (this.observers.active) this.tell({ type: 'request-refused', operation: call.operation, criticality: call.importance, policy, why, status })
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
      this.fault(error)
    }
  }

  /** Time is up for a request that is at its handler. */
  timeUp(call: InboundCall): void {
    if (call.phase !== 'running') return
    if (this.streams && call.headSent) {
      // Its reader has what it waited for and stays: what is still to come is bounded by nothing but that.
      call.deadline = Infinity
      return
    }
    const now = this.clock.now()
    const after = now - call.arrived
    call.overran = true
    this.counts.overran += 1
    if (this.observers.active) this.tell({ type: 'request-overran', operation: call.operation, criticality: call.importance, after }, now)
    call.cancel({ why: 'deadline', error: deadlineExceeded({ service: this.name, operation: call.operation, policy: 'deadline', limit: call.deadline - call.arrived, after }) })
  }

  /** A stretch of the loop is over. */
  private looked(delay: Millis, now: Instant): void {
    const { gate } = this
    if (gate === undefined) return
    try {
      gate.admission.delayed(delay, now)
    } catch (error) {
      this.fault(error)
    }
    // A reply that has begun and goes on is a stream, or has a slow reader: it says nothing about room, and twenty of them
    // would be a whole limit. Looked at here, since Node tells nobody when a head goes out.
    for (const call of this.calls) if (call.slot && call.headSent) this.release(call, now, 'ignored')
  }

  private async shutDown(options: DrainOptions): Promise<DrainReport> {
    const { server } = options
    const drain = new Drain(this.clock, { cutAll: (within) => this.cutAll(within), size: () => this.calls.size }, { ...this.options.drain, ...options })
    this.draining = drain
    this.tell({ type: 'draining', inFlight: this.calls.size, within: drain.within })
    for (const call of this.calls) call.closeAfter()
    const report = await drain.run(() => {
      for (const session of this.sessions) session.close()
      return server === undefined ? [...this.doors] : [server].flat()
    })
    for (const session of this.sessions) session.destroy()
    this.tell({ type: 'drained', took: report.took, ended: report.ended, cut: report.cut.length })
    this.close()
    return report
  }

  private cutAll(within: Millis): readonly CutRequest[] {
    const now = this.clock.now()
    return [...this.calls].map((call) => {
      const { method, path, route, phase } = call
      const age = now - call.arrived
      if (phase === 'waiting') this.gate?.quit(call)
      this.over(call)
      this.counts.cut += 1
      this.release(call, now, 'ignored')
      call.cancel({ why: 'closed', error: cutByDrain({ service: this.name, operation: call.operation, after: age, within }) })
      call.cut()
      return { method, path, route, age, phase: phase === 'waiting' ? 'waiting' : 'running' }
    })
  }

  private would(call: InboundCall, policy: string, would: string): void {
    if (this.observers.active) this.tell({ type: 'mode-differed', operation: call.operation, policy, would })
  }

  private tell(event: Told, at: Instant = this.clock.now()): void {
    if (this.observers.active) this.observers.emit({ ...event, service: this.name, at } as MeshEvent)
  }

  /** A bug of ours must not fail a request: it goes on to its handler. */
  private fault(error: unknown): void {
    if (!this.faulty) loud(`${this.name}: a policy of the server threw and was passed over`, error)
    this.faulty = true
  }
}

/** What is told of an HTTP/2 connection. */
export interface Session {
  close(): void
  destroy(): void
  once(event: 'close', listener: () => void): unknown
}

type Told = MeshEvent extends infer E ? (E extends MeshEvent ? Omit<E, 'service' | 'at'> : never) : never

function timeUp(call: InboundCall): void {
  call.owner.timeUp(call)
}

function modeOfEnvironment(): Mode {
  const value = process.env[killSwitchVariable]
  const mode = parseKillSwitch(value)
  if (mode === undefined) throw new TypeError(`environment variable ${killSwitchVariable}: got ${JSON.stringify(value)} (accepted: off, observe, on)`)
  return mode
}

/** Those of the mesh hear of its servers, too; a server's own hear of nothing else. */
function observersOf(host: MeshHost | undefined, { observers = [] }: ServerOptions): Observers {
  const own = host?.observers ?? new Observers()
  if (host === undefined || observers.length === 0) {
    for (const observer of observers) own.add(observer)
    return own
  }
  const both = new Observers()
  for (const observer of observers) both.add(observer)
  both.add((event) => host.observers.emit(event))
  return both
}

function admissionRules(options: ServerAdmissionOptions = {}): AdmissionOptions {
  const { mode: _, maxWait, targetDelay, ...rules } = options
  return {
    ...rules,
    ...(maxWait === undefined ? {} : { maxWait: durationOf(maxWait, 'admission.maxWait') }),
    ...(targetDelay === undefined ? {} : { targetDelay: durationOf(targetDelay, 'admission.targetDelay') }),
  }
}
