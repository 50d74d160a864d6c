import type { MeshEvent } from '@inmesh/pipeline'
import type { Failure, Instant, Millis, Outcome } from '@inmesh/policy'
import type { Service } from '../../scenario/scenario.ts'
import { DRAW } from '../../workload/draws.ts'
import { serviceTimeAt } from '../../workload/service-time.ts'
import type { Agenda } from '../agenda.ts'
import type { Caller } from '../caller.ts'
import type { LoadReport, VirtualCall } from '../contract.ts'
import type { Engine } from '../engine.ts'
import { OK, outcomeOfStatus, refused, reset } from '../outcomes.ts'
import { PHASE } from '../try.ts'
import type { Host, Try } from '../try.ts'
import { Failing } from './failing.ts'
import { Fifo } from './fifo.ts'
import { Gate } from './gate.ts'
import type { Gated, GateEvent } from './gate.ts'
import { Gauge } from './gauge.ts'
import type { Handler, Served } from './handler.ts'
import { Network } from './network.ts'
import { Outlook } from './outlook.ts'
import type { Foreseeable } from './outlook.ts'
import { Reporter } from './reporter.ts'
import { Speed, warming } from './speed.ts'
import { Standstill } from './standstill.ts'

const GIVEN_UP: Outcome = Object.freeze({ kind: 'ignored', why: 'caller' })

/** Which replica it is. */
export interface InstanceSpec {
  readonly name: string
  readonly serviceName: string
  /** Among the service's, from 0. */
  readonly index: number
  /** Among all replicas of the world, from 0: its column in what is recorded. */
  readonly place: number
  readonly zone: string | undefined
  readonly weight: number
  readonly timeFactor: number
  readonly slots: number
}

/**
 * One replica: `slots` at once, the rest in a queue, first come, first served. How long a call is worked on is drawn by
 * call and replica, so that it takes as long for every contender, whoever sent it and in whatever order.
 */
export class Instance implements Host, Served, Foreseeable, Gated {
  readonly engine: Engine
  readonly agenda: Agenda
  readonly service: Service
  readonly name: string
  readonly serviceName: string
  readonly index: number
  readonly place: number
  readonly zone: string | undefined
  readonly weight: number
  readonly speed: Speed
  readonly failing: Failing
  readonly gauge: Gauge = new Gauge()
  readonly reporter: Reporter | undefined
  readonly outlook: Outlook
  handler: Handler | undefined = undefined
  /** Undefined: it takes what comes. */
  gate: Gate | undefined
  /** Calls that got so far as to be looked at. */
  arrivals = 0
  slots: number
  working = 0
  readonly waiting: Fifo<Try> = new Fifo<Try>()
  /** Callers that it cannot hear, and whether they are told. */
  readonly cutOff: Map<Caller['key'], 'silent' | 'refused'> = new Map()
  up = true
  private readonly here: Try[] = []
  private readonly standstill = new Standstill()
  private readonly network: Network
  private readonly rejected: Outcome
  private readonly queueBound: number
  private readonly number: number
  /** Whose draw a service time is: its own, or 0, nobody's, where a call takes as long everywhere. */
  private readonly drawer: number

  constructor(engine: Engine, service: Service, spec: InstanceSpec) {
    const { failures, queue = Infinity, rejectCode } = service
    this.engine = engine
    this.agenda = engine.agenda
    this.service = service
    this.name = spec.name
    this.serviceName = spec.serviceName
    this.index = spec.index
    this.place = spec.place
    this.zone = spec.zone
    this.weight = spec.weight
    this.slots = spec.slots
    this.number = spec.index + 1
    this.drawer = service.drawnBy === 'call' ? 0 : this.number
    this.speed = new Speed(spec.timeFactor)
    this.failing = new Failing(engine.draws, this.number)
    this.network = new Network(service.network, engine.draws, this.number, spec.zone)
    if (failures !== undefined) this.failing.add(failures)
    this.reporter = engine.reports || service.reports ? new Reporter() : undefined
    this.outlook = new Outlook(this, () => this.here)
    this.rejected = outcomeOfStatus(rejectCode)
    this.queueBound = queue
    this.gate = this.newGate()
  }

  // ── a try's way ────────────────────────────────────────────────────────────────────────────────────────────────────

  travel(sent: Try): void {
    const cut = this.cutOff.size === 0 ? undefined : this.cutOff.get(sent.caller.key)
    if (cut === 'silent') return sent.lose()
    if (cut === 'refused') return this.refuse(sent)
    const delay = this.network.delay(sent, DRAW.networkOut)
    // What reads headers does so out of the caller's own context, which must not be its own as well.
    if (delay === 0 && this.gate === undefined) return this.arrive(sent)
    if (this.engine.foresight) this.outlook.departed(sent)
    this.agenda.enter(sent, this.now + delay)
  }

  arrive(sent: Try): void {
    if (this.engine.foresight) this.outlook.arrived(sent)
    if (!this.up) return this.refuse(sent)
    if (sent.sink === undefined && (this.gate !== undefined || this.service.cancelled !== 'runs-on')) return sent.vanish()
    sent.phase = PHASE.there
    sent.seat = this.here.push(sent) - 1
    if (this.standstill.active) this.standstill.whenRunning(() => this.accept(sent))
    else this.accept(sent)
  }

  worked(sent: Try): void {
    if (!this.standstill.active) return this.finish(sent)
    sent.phase = PHASE.there
    this.standstill.whenRunning(() => this.finish(sent))
  }

  /** Hands the answer to the network. */
  answer(sent: Try, outcome: Outcome): void {
    this.leave(sent)
    this.gate?.finish(sent, outcome)
    this.reporter?.completed(outcome.kind === 'failure', this.now)
    if (sent.sink === undefined) return sent.vanish()
    if (this.cutOff.size > 0 && this.cutOff.has(sent.caller.key)) return sent.lose()
    sent.report = this.report()
    this.sendBack(sent, outcome)
  }

  cancelled(sent: Try): void {
    const { cancelled } = this.service
    if (sent.phase === PHASE.outside) {
      this.gate?.quit(sent)
      return this.drop(sent)
    }
    if (cancelled === 'runs-on') return
    if (sent.phase === PHASE.queued) {
      this.note()
      this.waiting.remove(sent)
      this.drop(sent)
    } else if (cancelled === 'stops' && sent.phase === PHASE.working) {
      this.drop(sent)
      this.release()
    } else if (cancelled === 'stops' && sent.phase === PHASE.failing) this.drop(sent)
  }

  /** A handler has got so far that the service's own work may begin. */
  proceed(sent: Try): void {
    if (this.handler?.holdsSlot === true) this.work(sent)
    else this.enqueue(sent)
  }

  /** A handler is done. */
  conclude(sent: Try, outcome: Outcome): void {
    if (this.handler?.holdsSlot === true) this.release()
    this.answer(sent, outcome)
  }

  // ── what faults do ─────────────────────────────────────────────────────────────────────────────────────────────────

  stop(): void {
    this.standstill.stop()
  }

  go(): void {
    this.standstill.go()
  }

  /** Does it now, or when the process goes on. */
  whenRunning(act: () => void): void {
    this.standstill.whenRunning(act)
  }

  kill(): void {
    this.up = false
    this.note()
    const lost = this.here.splice(0)
    this.standstill.forget()
    this.waiting.clear()
    this.working = 0
    this.gate?.close()
    for (const sent of lost) this.breakOff(sent)
  }

  /** A process that has just begun. */
  restart(): void {
    this.up = true
    this.gate = this.newGate()
    const { coldStart } = this.service
    if (coldStart !== undefined) this.speed.add(warming(coldStart.factor, this.now, coldStart.for))
  }

  /** Work that has begun goes on, also beyond them. */
  resize(slots: number): void {
    this.slots = slots
    this.startWaiting()
  }

  // ── what there is to see ───────────────────────────────────────────────────────────────────────────────────────────

  get inFlight(): number {
    return this.here.length
  }

  get stopped(): boolean {
    return this.standstill.active
  }

  /** Work on a call that begins now, as the `atWork`th. */
  serviceTime({ index, requestClass }: VirtualCall, now: Instant, atWork: number): Millis {
    const { service } = this
    const drawn = serviceTimeAt(service.serviceTime, this.engine.draws.of(index, this.drawer, DRAW.time))
    return (drawn * requestClass.timeFactor + service.perConcurrent * atWork) * this.speed.at(now)
  }

  /** Tells the gauges what was up to now; before every change. */
  note(): void {
    const { now, working } = this
    this.outlook.changed()
    this.gauge.note(working, this.waiting.size, now)
    this.reporter?.worked(working, now)
  }

  // ── what its gate asks of it ──────────────────────────────────────────────────────────────────────────────────────

  get computing(): number {
    return this.working + this.waiting.size
  }

  admitted(sent: Try): void {
    sent.phase = PHASE.there
    this.takeIn(sent)
  }

  turnedAway(sent: Try, outcome: Failure): void {
    this.answer(sent, outcome)
  }

  // ── inside ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  private get now(): Instant {
    return this.agenda.now()
  }

  private get full(): boolean {
    return this.working >= this.slots && this.waiting.size >= this.queueBound
  }

  private accept(sent: Try): void {
    this.arrivals++
    const failure = this.failing.active ? this.failing.of(sent.call, this.now) : undefined
    if (failure !== undefined) {
      if (failure.after === 0) return this.answer(sent, failure.outcome)
      sent.phase = PHASE.failing
      sent.outcome = failure.outcome
      return this.agenda.enter(sent, this.now + failure.after)
    }
    if (this.gate === undefined) this.takeIn(sent)
    else this.gate.arrive(sent)
  }

  private takeIn(sent: Try): void {
    if (this.handler === undefined || this.handler.holdsSlot) this.enqueue(sent)
    else if (this.full) this.answer(sent, this.rejected)
    else this.handler.before(sent)
  }

  private enqueue(sent: Try): void {
    if (this.working < this.slots) return this.start(sent)
    if (this.waiting.size >= this.queueBound) return this.answer(sent, this.rejected)
    this.note()
    sent.phase = PHASE.queued
    this.waiting.push(sent)
  }

  private start(sent: Try): void {
    this.note()
    this.working++
    sent.phase = PHASE.there
    if (this.handler?.holdsSlot === true) this.handler.before(sent)
    else this.work(sent)
  }

  private work(sent: Try): void {
    const { engine, now } = this
    engine.begun(sent.call)
    sent.phase = PHASE.working
    const owed = this.gate === undefined ? 0 : this.gate.takeOwed()
    engine.agenda.enter(sent, now + owed + this.serviceTime(sent.call, now, this.working))
  }

  private finish(sent: Try): void {
    const { handler } = this
    sent.phase = PHASE.there
    if (handler?.holdsSlot !== true) this.release()
    if (handler === undefined) this.answer(sent, OK)
    else handler.after(sent)
  }

  private release(): void {
    this.note()
    this.working--
    this.startWaiting()
    this.gate?.computed()
  }

  private startWaiting(): void {
    while (this.working < this.slots && this.waiting.size > 0) {
      this.note()
      this.start(this.waiting.shift() as Try)
    }
  }

  private refuse(sent: Try): void {
    this.engine.tries.refused(sent.row)
    if (sent.sink === undefined) sent.vanish()
    else this.sendBack(sent, refused())
  }

  /** Its connection broke. */
  private breakOff(sent: Try): void {
    sent.seat = -1
    this.agenda.leave(sent)
    sent.next = undefined
    sent.previous = undefined
    if (sent.sink === undefined) sent.vanish()
    else this.sendBack(sent, reset())
  }

  private sendBack(sent: Try, outcome: Outcome): void {
    const delay = this.network.delay(sent, DRAW.networkBack)
    sent.phase = PHASE.back
    sent.outcome = outcome
    if (delay > 0 || sent.fresh) this.agenda.enter(sent, this.now + delay)
    else sent.deliver()
  }

  private drop(sent: Try): void {
    this.leave(sent)
    this.gate?.finish(sent, GIVEN_UP)
    sent.vanish()
  }

  private leave(sent: Try): void {
    const { here } = this
    const last = here.pop() as Try
    if (last !== sent) {
      here[sent.seat] = last
      last.seat = sent.seat
    }
    sent.seat = -1
  }

  private newGate(): Gate | undefined {
    const { admission } = this.service
    if (admission === undefined || !this.engine.admission) return undefined
    return new Gate(this, admission, this.slots === 1 && !this.service.holdsSlot, this.teller())
  }

  /** Where anybody listens: a server's events, as they are told by its service's name. */
  private teller(): ((event: GateEvent) => void) | undefined {
    const listen = this.engine.decisions?.observer(this.name)
    return listen && ((event) => listen({ ...event, service: this.serviceName, at: this.now } as MeshEvent))
  }

  private report(): LoadReport | undefined {
    return this.reporter?.report(this.slots, this.here.length, this.now)
  }
}
