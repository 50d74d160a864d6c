import type { Clock, TimerHandle } from '@inmesh/pipeline'
import type { Random } from '@inmesh/policy'
import { errorMonitor } from 'node:events'

/** Halfway, always: what depends on chance is then as often as on average. */
export const manualRandom: Random = { next: () => 0.5 }

/** Over the machine's timers, which a test moves by hand; the process's own clock would carry the time of one test into the next. */
export class TimersClock implements Clock {
  private readonly waiting = new Set<{ readonly at: number; readonly run: () => void; timer: NodeJS.Timeout }>()
  private ahead = 0

  now(): number {
    return performance.now() + this.ahead
  }

  schedule<T>(at: number, _hold: boolean, fn: (arg: T) => void, arg: T): TimerHandle {
    const run = (): void => {
      this.waiting.delete(one)
      fn(arg)
    }
    const one = { at, run, timer: setTimeout(run, Math.max(0, at - this.now())) }
    this.waiting.add(one)
    return {
      cancel: () => {
        this.waiting.delete(one)
        clearTimeout(one.timer)
      },
    }
  }

  /** As a process that does nothing but compute for so long: what falls due meanwhile runs afterwards, late. */
  busy(ms: number): void {
    this.ahead += ms
    for (const one of this.waiting) {
      clearTimeout(one.timer)
      one.timer = setTimeout(one.run, Math.max(0, one.at - this.now()))
    }
  }
}

/** A client of the shape of ioredis, that notes what is sent and answers as it is told. */
export class NotedClient {
  status = 'ready'
  answers: 'all' | 'nothing' | Error = 'all'
  watchers = 0
  readonly sent: { readonly key: string; readonly args: readonly string[] }[] = []
  private readonly waiting: ((error: Error) => void)[] = []

  async evalsha(_sha: string, _keys: number, ...[key = '', ...args]: string[]): Promise<unknown> {
    this.sent.push({ key, args })
    if (this.answers instanceof Error) throw this.answers
    if (this.answers === 'nothing') return new Promise((_, reject) => void this.waiting.push(reject))
    if (key.endsWith(':check')) return [1]
    if (key.endsWith(':members')) return [1, 1_000_000]
    return key.endsWith(':slots') ? [1, 1, 1] : [10, 0, 0, 0, 0]
  }

  eval(): Promise<unknown> {
    return Promise.reject(new Error('ERR no script was unknown'))
  }

  /** What it has not answered fails. */
  release(): void {
    for (const reject of this.waiting.splice(0)) reject(new Error('Connection is closed.'))
  }

  on(event: string | symbol): void {
    if (event === errorMonitor) this.watchers++
  }

  off(event: string | symbol): void {
    if (event === errorMonitor) this.watchers--
  }
}
