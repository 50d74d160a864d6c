import { setImmediate as turn } from 'node:timers/promises'
import { max, min } from 'simple-statistics'
import type { Row } from '../report/result.ts'
import { medianWithInterval } from '../stats/ratio.ts'
import type { Contender } from './contenders.ts'

const requests = 3_000
/** Without a socket nothing waits for the event loop, and what is done once a turn, such as letting go of memory, would never be. */
const aTurn = 20

/**
 * What contenders cost beyond a bare application, in microseconds of CPU for a request: blocks A B B A for each in turn, so
 * that whatever drifts weighs on both alike. One of the contenders is the bare application once more.
 */
export class Relay {
  private readonly bare: Contender
  private readonly metric: string
  private readonly duels: readonly { readonly contender: Contender; readonly extra: number[] }[]
  private readonly whole: number[] = []

  constructor([bare, ...contenders]: readonly [Contender, ...Contender[]], metric: string) {
    this.bare = bare
    this.metric = metric
    this.duels = contenders.map((contender) => ({ contender, extra: [] }))
  }

  async run(seconds: number): Promise<void> {
    const begun = performance.now()
    while (performance.now() < begun + seconds * 200) await this.round(() => {})
    while (performance.now() < begun + seconds * 1000) await this.round((extra, difference) => void extra.push(difference))
  }

  private async round(keep: (extra: number[], difference: number) => void): Promise<void> {
    const { bare } = this
    for (const { contender, extra } of this.duels) {
      const a1 = await block(bare)
      const b1 = await block(contender)
      const b2 = await block(contender)
      const a2 = await block(bare)
      keep(extra, (b1 + b2 - a1 - a2) / 2)
      keep(this.whole, (a1 + a2) / 2)
    }
  }

  /** The bare one's whole cost, for scale, and the others' beyond it. */
  get rows(): Row[] {
    const { bare, metric, whole } = this
    return [rowOf(bare.name, `${metric}-bare`, whole), ...this.duels.map(({ contender, extra }) => ({ ...rowOf(contender.name, metric, extra), baseline: bare.name }))]
  }
}

function rowOf(contender: string, metric: string, samples: readonly number[]): Row {
  const { estimate, low, high } = medianWithInterval(samples)
  return { contender, metric, unit: 'us', median: estimate, min: min([...samples]), max: max([...samples]), ciLow: low, ciHigh: high, runs: samples.length }
}

async function block({ send }: Contender): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < requests; i++) {
    await send()
    if (i % aTurn === 0) await turn()
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / requests
}
