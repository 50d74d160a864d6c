import type { TimerHandle } from '@inmesh/pipeline'
import { Admission } from '@inmesh/policy'
import type { AdmissionEvent, AdmitWhy, Failure, Instant, Millis, Outcome, Turned } from '@inmesh/policy'
import type { AdmissionSpec } from '../../scenario/admission.ts'
import type { Agenda } from '../agenda.ts'
import { turnedAway } from '../outcomes.ts'
import { PHASE } from '../try.ts'
import type { Try } from '../try.ts'
import { Fifo } from './fifo.ts'

/** Reports of the event loop's delay, as the server half makes them. */
const REPORT_EVERY: Millis = 50

/** What a gate decides, as a server tells it. */
export type GateEvent =
  | AdmissionEvent
  | { readonly type: 'request-refused'; readonly policy: 'admission' | 'deadline'; readonly why: AdmitWhy }

/** A replica, as its gate needs it. */
export interface Gated {
  readonly agenda: Agenda
  /** Calls in hand that the process itself has to compute on, the one that it computes on included. */
  readonly computing: number
  /** It has a slot. */
  admitted(sent: Try): void
  turnedAway(sent: Try, outcome: Failure): void
  whenRunning(act: () => void): void
}

/**
 * The server half of one replica: the admission that ships, with the agenda for its timer. Where it has one slot, that is
 * the event loop: while it computes nothing is read, so what comes lies in its socket until the loop has gone through what
 * it had in hand; then all of that is read at once, and if there is a line, the next is asked in.
 */
export class Gate {
  readonly admission: Admission<Try>
  private readonly host: Gated
  private readonly loop: boolean
  private readonly refusal: Millis
  private readonly notify: ((event: GateEvent) => void) | undefined
  private readonly sockets = new Fifo<Try>()
  /** Of the calls in hand those that this turn of the loop still has to go through. */
  private left = 0
  /** Of the loop's time, spent on refusals and not yet felt. */
  private owed: Millis = 0
  private delays: Millis = 0
  private turns = 0
  private reportedAt: Instant
  private timer: TimerHandle | undefined = undefined
  private timerAt: Instant = Infinity

  constructor(host: Gated, { refusal, ...options }: AdmissionSpec, loop: boolean, notify?: (event: GateEvent) => void) {
    // What the schema left out is left out here: the policy's own defaults count.
    this.admission = new Admission<Try>({ ...given(options), ...(notify !== undefined && { notify }) })
    this.host = host
    this.loop = loop
    this.refusal = refusal
    this.notify = notify
    this.reportedAt = host.agenda.now()
  }

  arrive(sent: Try): void {
    sent.phase = PHASE.outside
    if (this.loop && this.host.computing > 0) {
      sent.arrivedAt = this.now
      return this.sockets.push(sent)
    }
    this.read(sent)
    this.askIn()
  }

  /** The process has computed on one call as long as that takes, for now. */
  computed(): void {
    if (!this.loop || --this.left > 0) return
    this.turn()
  }

  finish(sent: Try, outcome: Outcome): void {
    const { admittedAt } = sent
    if (Number.isNaN(admittedAt)) return
    sent.admittedAt = NaN
    this.admission.finish(admittedAt, this.now, whatOf(outcome))
    // In a loop it is the turn that asks in.
    if (!this.loop || this.host.computing === 0) this.askIn()
  }

  /** The caller has hung up on one that is not in yet. */
  quit(sent: Try): void {
    if (!this.admission.quit(sent)) this.sockets.remove(sent)
    this.arm()
  }

  /** What the loop has spent on refusals since it last computed. */
  takeOwed(): Millis {
    const { owed } = this
    this.owed = 0
    return owed
  }

  /** The process is gone, and whoever stood before its door. */
  close(): void {
    this.timer?.cancel()
    this.sockets.clear()
  }

  private get now(): Instant {
    return this.host.agenda.now()
  }

  private turn(): void {
    const { now, sockets } = this
    const [first] = sockets
    this.late(first === undefined ? 0 : now - first.arrivedAt, now)
    for (let count = sockets.size; count > 0; count--) this.read(sockets.shift() as Try)
    this.askIn()
  }

  private late(delay: Millis, now: Instant): void {
    this.delays += delay
    this.turns++
    if (now - this.reportedAt < REPORT_EVERY) return
    this.admission.delayed(this.delays / this.turns, now)
    this.delays = 0
    this.turns = 0
    this.reportedAt = now
  }

  private read(sent: Try): void {
    const { headers, call } = sent
    const criticality = headers?.criticality ?? call.requestClass.criticality
    const verdict = this.admission.arrive(sent, criticality, headers?.deadline ?? Infinity, this.now, headers?.repeat)
    if (verdict === 'start') this.letIn(sent)
    else if (verdict !== 'wait') this.turnAway(sent, verdict)
  }

  private askIn(): void {
    const { admission, now } = this
    if (admission.wakeAt <= now) this.expire()
    for (let next = admission.next(now); next !== undefined; next = admission.next(now)) {
      this.letIn(next)
      // A turn in which nothing is computed takes no time, and the next one follows at once.
      if (this.loop && this.host.computing > 0 && admission.paced(now)) break
    }
    if (admission.wakeAt <= now) this.expire()
    this.left = this.host.computing
    this.arm()
  }

  private letIn(sent: Try): void {
    sent.admittedAt = this.now
    this.host.admitted(sent)
  }

  private turnAway(sent: Try, turned: Turned): void {
    this.owed += this.refusal
    const { why } = turned
    this.notify?.({ type: 'request-refused', policy: why === 'deadline' ? 'deadline' : 'admission', why })
    this.host.turnedAway(sent, turnedAway(turned))
  }

  private expire(): void {
    this.admission.expire(this.now, (sent, turned) => this.turnAway(sent, turned))
  }

  private arm(): void {
    const { wakeAt } = this.admission
    if (wakeAt === this.timerAt) return
    this.timer?.cancel()
    this.timerAt = wakeAt
    // What is past after it was seen to waits for the next turn.
    this.timer = wakeAt === Infinity || wakeAt <= this.now ? undefined : this.host.agenda.schedule(wakeAt, false, wake, this)
  }

  wake(): void {
    this.timerAt = Infinity
    this.host.whenRunning(() => {
      this.expire()
      if (this.loop && this.host.computing > 0) this.arm()
      else this.askIn()
    })
  }
}

function wake(gate: { wake(): void }): void {
  gate.wake()
}

/** A fast failure says nothing of how long an answer takes; one for want of time says that there was too little. */
function whatOf(outcome: Outcome): 'good' | 'dropped' | 'ignored' {
  if (outcome.kind === 'success') return 'good'
  return outcome.kind === 'failure' && outcome.code === 'DEADLINE_EXCEEDED' ? 'dropped' : 'ignored'
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>
}
