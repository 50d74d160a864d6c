import { fork } from 'node:child_process'
import { once } from 'node:events'
import { max, median, min } from 'simple-statistics'
import type { Row } from '../report/result.ts'
import { medianWithInterval } from '../stats/ratio.ts'
import type { Ask, Told } from './contender-side.ts'

/**
 * Contenders in processes of their own, as users run them, one after the other. In one process each pays for what the
 * other leaves behind: a bare request of undici survives collections (a finished one holds on to the next), which a
 * governed one does not, and both then share that bill, their inline caches and the compiler.
 *
 * A process lives for one sample: it warms up, works for some seconds without a pause, and ends. Processes that take turns in
 * blocks of 20 ms instead measure mostly how long it takes to come back to a cold cache on another core: the same code
 * against itself differed by a tenth and more that way, and by 2 % this way. A round is A B C C B A, so that whatever drifts
 * weighs equally on all.
 */
export class Arena {
  private readonly program: URL
  private readonly names: readonly string[]
  private readonly origins: readonly string[]
  private readonly ask: Ask
  /** By contender, in the order in which its processes ran: two a round. */
  private readonly told: Told[][]

  /** `program` is one contender's process, given its name and the origins. The first name is everybody's baseline. */
  constructor(program: URL, names: readonly string[], origins: readonly string[], ask: Ask) {
    this.program = program
    this.names = names
    this.origins = origins
    this.ask = ask
    this.told = names.map(() => [])
  }

  async run(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000
    do await this.round()
    while (performance.now() < end)
  }

  private async round(): Promise<void> {
    for (const at of thereAndBack(this.names.length)) this.told[at]!.push(await alone(this.program, this.names[at] as string, this.origins, this.ask))
  }

  /** What each contender costs, and what it costs beside its collections: the part of which everybody agrees whose it is. */
  rows(metric: string): Row[] {
    const rowsOf = (of: (told: Told) => number, name: string): Row[] => this.names.slice(1).map((contender, i) => this.row(contender, i + 1, name, of))
    return [...rowsOf(({ cpu }) => cpu, metric), ...rowsOf(({ cpu, collecting }) => cpu - collecting, `${metric}-uncollected`)]
  }

  private row(contender: string, at: number, metric: string, of: (told: Told) => number): Row {
    const costs = this.told[at]!.map(of)
    const { estimate, low, high } = medianWithInterval(roundsOf(costs).map((cost, i) => cost / (roundsOf(this.told[0]!.map(of))[i] as number)))
    return {
      contender, metric, unit: 'us', median: median(costs), min: min(costs), max: max(costs),
      baseline: this.names[0] as string, ratio: estimate, ciLow: low, ciHigh: high, runs: costs.length,
    }
  }

  /** What a reader must know beside the numbers. */
  get notes(): string[] {
    const { names, ask, told } = this
    const bills = names.map((name, at) => `${name} ${median(told[at]!.map(({ cpu }) => cpu)).toFixed(1)} of which ${median(told[at]!.map(({ collecting }) => collecting)).toFixed(1)}`)
    const chains = names.flatMap((name, at) => told[at]![0]?.chain === undefined ? [] : [`  ${name}: ${told[at]![0].chain}`])
    return [
      `${told[0]!.length / 2} rounds there and back of ${names.join(', ')}; each time a new process, ${ask.requests} requests after ${ask.warmUp} to warm up, ${ask.width} at a time`,
      `  µs a request, of which in collections: ${bills.join('; ')}`,
      ...chains,
    ]
  }
}

/** There and back together. */
function roundsOf(costs: readonly number[]): number[] {
  return Array.from({ length: costs.length / 2 }, (_, i) => (costs[2 * i] as number) + (costs[2 * i + 1] as number))
}

/** One contender's process, from its start to its end. */
async function alone(program: URL, name: string, origins: readonly string[], ask: Ask): Promise<Told> {
  const child = fork(program, [name, ...origins], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.send(ask)
  const exited = once(child, 'exit')
  const early = exited.then(([code]) => { throw new Error(`${name}: its process ended early with code ${code}`) })
  early.catch(() => {})
  const [told] = (await Promise.race([once(child, 'message'), early])) as [Told]
  child.disconnect()
  await exited
  return told
}

function thereAndBack(count: number): number[] {
  const there = Array.from({ length: count }, (_, i) => i)
  return [...there, ...there.toReversed()]
}
