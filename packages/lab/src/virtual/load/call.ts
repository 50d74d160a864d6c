import type { Failure, Instant, Outcome } from '@inmesh/policy'
import type { RequestClass } from '../../scenario/load.ts'
import type { Agenda } from '../agenda.ts'
import type { CallSink, VirtualCall } from '../contract.ts'
import { Entry } from '../entry.ts'

/** Who made a call and waits for it. */
export interface CallOwner {
  /** Once for each call. */
  ended(call: Call, outcome: Outcome, now: Instant): void
}

const STATE = { open: 0, cutOff: 1, over: 2 } as const
const TOO_LATE: Failure = Object.freeze({ kind: 'failure', code: 'DEADLINE_EXCEEDED', reach: 'processed' })

/**
 * A call as its caller knows it. Its deadline is the caller's own and ends the call for it, whatever the client does; so
 * a client that knows nothing of deadlines is not the better for it.
 */
export class Call extends Entry implements VirtualCall {
  readonly index: number
  readonly requestClass: RequestClass
  readonly due: Instant
  readonly deadline: Instant
  readonly affinity: string | undefined
  readonly root: number
  private readonly owner: CallOwner
  private state: (typeof STATE)[keyof typeof STATE] = STATE.open

  constructor(
    owner: CallOwner,
    index: number,
    root: number,
    requestClass: RequestClass,
    due: Instant,
    affinity: string | undefined
  ) {
    super()
    this.owner = owner
    this.index = index
    this.root = root
    this.requestClass = requestClass
    this.due = due
    this.deadline = due + (requestClass.timeout ?? Infinity)
    this.affinity = affinity
  }

  /** The deadline has come. */
  fire(): void {
    this.state = STATE.cutOff
    this.owner.ended(this, TOO_LATE, this.deadline)
  }

  settle(outcome: Outcome, now: Instant): void {
    if (this.state === STATE.over) throw new Error(`call ${this.index} was answered twice`)
    const wasCutOff = this.state === STATE.cutOff
    this.state = STATE.over
    if (!wasCutOff) this.owner.ended(this, outcome, now)
  }
}

/** What clients tell of the calls they were given. */
export class CallEnds implements CallSink {
  private readonly agenda: Agenda

  constructor(agenda: Agenda) {
    this.agenda = agenda
  }

  onEnd(call: VirtualCall, outcome: Outcome, now: Instant): void {
    if (!(call instanceof Call)) throw new Error('a client told the end of a call that it was not given')
    this.agenda.leave(call)
    call.settle(outcome, now)
  }
}
