import type { Instant, Outcome } from '@inmesh/policy'
import type { Draws } from '../../random.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { DRAW } from '../../workload/draws.ts'
import type { Agenda } from '../agenda.ts'
import type { CallSink, VirtualClient } from '../contract.ts'
import type { CallLog } from '../record/call-log.ts'
import { zipfPicker } from '../../workload/zipf.ts'
import { Call } from './call.ts'
import type { CallOwner } from './call.ts'

export interface LoadEnv {
  readonly scenario: Scenario
  readonly agenda: Agenda
  readonly draws: Draws
  readonly calls: CallLog
  readonly sink: CallSink
  readonly epoch: Instant
  clientOf(process: number, service: string): VirtualClient
  /** The load has sent its last call. */
  onDone(): void
}

/** Makes the calls of the load, whatever it is that says when. */
export abstract class LoadSource implements CallOwner {
  protected readonly env: LoadEnv
  private readonly pickers: readonly (((u: number) => number) | undefined)[]

  constructor(env: LoadEnv) {
    this.env = env
    this.pickers = env.scenario.load.classes.map(({ affinity }) => affinity && zipfPicker(affinity.keys, affinity.zipf))
  }

  abstract begin(): void

  ended(call: Call, outcome: Outcome, now: Instant): void {
    this.env.calls.end(call.index, outcome, now)
  }

  /** Sends a call that is due now; answers its number. */
  protected send(due: Instant, classAt: number): Call {
    const { env } = this
    const { load, clients } = env.scenario
    const requestClass = load.classes[classAt] ?? (load.classes[0] as (typeof load.classes)[number])
    const index = env.calls.begin(due, classAt)
    const call = new Call(this, index, index, requestClass, due, this.affinity(index, classAt))
    if (call.deadline < Infinity) env.agenda.enter(call, call.deadline)
    const process = clients.processes === 1 ? 0 : Math.floor(env.draws.of(index, 0, DRAW.process) * clients.processes)
    env.clientOf(process, requestClass.service).call(call, env.sink)
    return call
  }

  private affinity(call: number, classAt: number): string | undefined {
    const pick = this.pickers[classAt]
    return pick && `k${pick(this.env.draws.of(call, 0, DRAW.affinity))}`
  }
}
