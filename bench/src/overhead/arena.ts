import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { max, median, min } from 'simple-statistics'
import type { Row } from '../report/result.ts'
import { medianWithInterval } from '../stats/ratio.ts'
import type { Ask, Told } from './contender-process.ts'

export interface ArenaOptions extends Ask {
  /** Requests before anything counts: the compiler is done with most of its work by then. */
  readonly warmUp: number
  /** Times that all contenders run, forwards and backwards, before they are replaced by new processes. */
  readonly rounds: number
}

/**
 * Contenders in processes of their own, as users run them, one at work at a time. In one process each pays for what the
 * other leaves behind: a bare request of undici survives collections (a finished one holds on to the next), which a
 * governed one does not, and both then share that bill, their inline caches and the compiler.
 *
 * Two processes of the same code differ by a tenth and more: by what was compiled when, and where it landed. So they are
 * replaced again and again, and a generation is one sample. Within it A B C C B A, so that whatever drifts weighs
 * equally on all.
 */
export class Arena {
  private readonly names: readonly string[]
  private readonly origins: readonly string[]
  private readonly options: ArenaOptions
  private readonly costs: number[][]
  private readonly collecting: number[][]
  private readonly ratios: number[][]
  private readonly chains = new Map<string, string>()
  private generations = 0

  /** The first name is everybody's baseline. */
  constructor(names: readonly string[], origins: readonly string[], options: ArenaOptions) {
    this.names = names
    this.origins = origins
    this.options = options
    this.costs = names.map(() => [])
    this.collecting = names.map(() => [])
    this.ratios = names.map(() => [])
  }

  async run(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000
    do await this.generation()
    while (performance.now() < end)
  }

  private async generation(): Promise<void> {
    const { names, options } = this
    const processes: ChildProcess[] = []
    try {
      // Whoever starts first has the emptier machine: everybody is first in turn.
      for (const at of rotated(names.length, this.generations++)) processes[at] = await this.start(names[at] as string)
      const sums = names.map(() => [] as number[])
      for (let round = 0; round < options.rounds; round++) {
        const costs = names.map(() => 0)
        for (const at of thereAndBack(names.length)) {
          const { cpu, collecting } = await ask(processes[at] as ChildProcess, options)
          costs[at]! += cpu / 2
          this.collecting[at]!.push(collecting)
        }
        for (const [at, cost] of costs.entries()) sums[at]!.push(cost)
      }
      for (const [at, sum] of sums.entries()) {
        this.costs[at]!.push(median(sum))
        this.ratios[at]!.push(median(sum.map((cost, round) => cost / (sums[0]![round] as number))))
      }
    } finally {
      await Promise.all(processes.map(stop))
    }
  }

  private async start(name: string): Promise<ChildProcess> {
    const child = fork(new URL('./contender-process.ts', import.meta.url), [name, ...this.origins], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const [{ chain }] = (await once(child, 'message')) as [Told]
    if (chain !== undefined) this.chains.set(name, chain)
    await ask(child, { requests: this.options.warmUp, width: this.options.width })
    return child
  }

  rows(metric: string): Row[] {
    return this.names.slice(1).map((name, i) => this.row(name, i + 1, metric))
  }

  private row(contender: string, at: number, metric: string): Row {
    const costs = this.costs[at] as number[]
    const { estimate, low, high } = medianWithInterval(this.ratios[at] as number[])
    return {
      contender, metric, unit: 'us', median: median(costs), min: min(costs), max: max(costs),
      baseline: this.names[0] as string, ratio: estimate, ciLow: low, ciHigh: high, runs: costs.length * this.options.rounds * 2,
    }
  }

  /** What a reader must know beside the numbers. */
  get notes(): string[] {
    const { names, options, generations, chains } = this
    const bills = names.map((name, at) => `${name} ${median(this.costs[at] as number[]).toFixed(1)} of which ${mean(this.collecting[at] as number[]).toFixed(1)}`)
    return [
      `${generations} generations of a process each for ${names.join(', ')}; ${options.rounds} rounds there and back in each, ${options.requests} requests a block, ${options.width} at a time`,
      `  µs a request, of which in collections: ${bills.join('; ')}`,
      ...[...chains].map(([name, chain]) => `  ${name}: ${chain}`),
    ]
  }
}

async function ask(child: ChildProcess, { requests, width }: Ask): Promise<Told> {
  child.send({ requests, width } satisfies Ask)
  const gone = new AbortController()
  const ended = once(child, 'exit', { signal: gone.signal }).then(([code]) => { throw new Error(`a contender's process ended early with code ${code}`) })
  ended.catch(() => {})
  const [told] = (await Promise.race([once(child, 'message'), ended])) as [Told]
  gone.abort()
  return told
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}

function rotated(count: number, by: number): number[] {
  return Array.from({ length: count }, (_, i) => (i + by) % count)
}

function thereAndBack(count: number): number[] {
  const there = Array.from({ length: count }, (_, i) => i)
  return [...there, ...there.toReversed()]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
