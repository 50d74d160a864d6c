import type { Millis } from '@inmesh/policy'
import type { Draws } from '../../random.ts'
import type { Service } from '../../scenario/service.ts'
import { serviceTimeAt } from '../../workload/service-time.ts'
import type { Try } from '../try.ts'

/** How long messages to and from one replica take. */
export class Network {
  private readonly laws: Service['network']
  private readonly draws: Draws
  private readonly number: number
  private readonly zone: string | undefined

  constructor(laws: Service['network'], draws: Draws, number: number, zone: string | undefined) {
    this.laws = laws
    this.draws = draws
    this.number = number
    this.zone = zone
  }

  /** One way; `purpose` says which. */
  delay(sent: Try, purpose: number): Millis {
    const { delay, crossZone } = this.laws
    if (delay === undefined && crossZone === undefined) return 0
    const { zone } = sent.caller
    const far = crossZone !== undefined && zone !== undefined && this.zone !== undefined && zone !== this.zone
    // Each message of each try has its own draw.
    const key = purpose + 100 * (1 + sent.ordinal)
    const { draws, number } = this
    const own = delay === undefined ? 0 : serviceTimeAt(delay, draws.of(sent.call.index, number, key))
    return far ? own + serviceTimeAt(crossZone, draws.of(sent.call.index, number, key + 50)) : own
  }
}
