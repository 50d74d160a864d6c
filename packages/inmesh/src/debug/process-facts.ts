import type { Millis } from '@inmesh/policy'
import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay, performance, type IntervalHistogram } from 'node:perf_hooks'

/** How often the loop is looked at, in ms: by a timer of Node's own, which runs no JavaScript and keeps no process alive. */
const EVERY: Millis = 20
const MEGABYTE = 2 ** 20

export interface LoopDelayFacts {
  readonly mean: Millis
  readonly p50: Millis
  readonly p99: Millis
  readonly max: Millis
}

export interface ProcessFacts {
  readonly platform: string
  readonly arch: string
  readonly processors: number
  readonly pid: number
  readonly uptimeSeconds: number
  readonly memoryMegabytes: Readonly<Record<'rss' | 'heapUsed' | 'heapTotal' | 'external' | 'arrayBuffers', number>>
  /** Share of the time that the loop had something to do, 0–1, since the process began. */
  readonly eventLoopUtilization: number
  /** How late timers were since the endpoint was made. */
  readonly eventLoopDelayMs: LoopDelayFacts
  /** What keeps the process alive, by kind. */
  readonly activeResources: Readonly<Record<string, number>>
}

/** Of the process that it runs in. Neither arguments nor environment: those are full of secrets. */
export class ProcessWatch {
  private readonly delay: IntervalHistogram

  constructor() {
    this.delay = monitorEventLoopDelay({ resolution: EVERY })
    this.delay.enable()
  }

  facts(): ProcessFacts {
    const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
    const memory = Object.entries({ rss, heapUsed, heapTotal, external, arrayBuffers }).map(([name, bytes]) => [name, Math.round(bytes / MEGABYTE)])
    return {
      platform: process.platform,
      arch: process.arch,
      processors: availableParallelism(),
      pid: process.pid,
      uptimeSeconds: Math.round(process.uptime() * 10) / 10,
      memoryMegabytes: Object.fromEntries(memory) as ProcessFacts['memoryMegabytes'],
      eventLoopUtilization: Math.round(performance.eventLoopUtilization().utilization * 1000) / 1000,
      eventLoopDelayMs: this.loopDelay(),
      activeResources: countsOf(process.getActiveResourcesInfo()),
    }
  }

  close(): void {
    this.delay.disable()
  }

  /** What is measured is the time between two looks: all beyond that was late. */
  private loopDelay(): LoopDelayFacts {
    const { delay } = this
    if (delay.count === 0) return { mean: 0, p50: 0, p99: 0, max: 0 }
    return { mean: late(delay.mean), p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max) }
  }
}

function late(nanoseconds: number): Millis {
  return Math.max(0, Math.round((nanoseconds / 1e6 - EVERY) * 10) / 10)
}

function countsOf(kinds: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
