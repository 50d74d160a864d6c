import { fork } from 'node:child_process'
import { once } from 'node:events'
import { max, median, min } from 'simple-statistics'
import type { Row } from '../report/result.ts'
import { medianWithInterval } from '../stats/ratio.ts'
import type { Ask, Told } from './contender-process.ts'

const ask: Ask = { warmUp: 30_000, requests: 30_000 }

/**
 * What contenders cost beyond the first, which is the bare application, in microseconds of CPU for a request. Each time in a
 * process of its own: two processes of the same code differ by a tenth and more, and in one process it is chance whose
 * code the compiler knows better. They run there and back, A B C C B A, so that whatever drifts weighs on all alike; a
 * round's difference is one sample.
 */
export class Arena {
  private readonly names: readonly string[]
  private readonly extra: number[][]
  private readonly whole: number[] = []

  constructor(names: readonly string[]) {
    this.names = names
    this.extra = names.map(() => [])
  }

  async run(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000
    do await this.round()
    while (performance.now() < end)
  }

  private async round(): Promise<void> {
    const sums = this.names.map(() => 0)
    const there = this.names.map((_, at) => at)
    for (const at of [...there, ...there.toReversed()]) sums[at]! += (await alone(this.names[at]!)) / 2
    this.whole.push(sums[0]!)
    for (const [at, sum] of sums.entries()) this.extra[at]!.push(sum - sums[0]!)
  }

  rows(metric: string): Row[] {
    const [bare = '', ...others] = this.names
    return [rowOf(bare, `${metric}-bare`, this.whole), ...others.map((name, at) => ({ ...rowOf(name, metric, this.extra[at + 1]!), baseline: bare }))]
  }

  /** What a reader must know beside the numbers. */
  get note(): string {
    const intervals = this.rows('').slice(1).map(({ contender, ciLow = NaN, ciHigh = NaN }) => `${contender} ${ciLow.toFixed(2)} … ${ciHigh.toFixed(2)}`)
    return `${this.whole.length} rounds there and back, each time a new process, ${ask.requests} requests after ${ask.warmUp} to warm up; µs beyond ${this.names[0]} (${median(this.whole).toFixed(1)} µs), 95 % interval: ${intervals.join('; ')}`
  }
}

function rowOf(contender: string, metric: string, samples: readonly number[]): Row {
  const { estimate, low, high } = medianWithInterval(samples)
  return { contender, metric, unit: 'us', median: estimate, min: min([...samples]), max: max([...samples]), ciLow: low, ciHigh: high, runs: samples.length }
}

/** One contender's process, from its start to its end. */
async function alone(name: string): Promise<number> {
  const child = fork(new URL('./contender-process.ts', import.meta.url), [name], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.send(ask)
  const exited = once(child, 'exit')
  const early = exited.then(([code]) => { throw new Error(`${name}: its process ended early with code ${code}`) })
  early.catch(() => {})
  const [{ cpu }] = (await Promise.race([once(child, 'message'), early])) as [Told]
  child.disconnect()
  await exited
  return cpu
}
