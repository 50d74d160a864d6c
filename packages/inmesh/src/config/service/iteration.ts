import type { Clock, TimerHandle } from '@inmesh/pipeline'
import type { EndpointList } from './endpoints.ts'

type Iterable = AsyncIterable<EndpointList>

const shortestPause = 1_000
const longestPause = 30_000

/** Follows lists that are iterated. One that a function has made and that has ended is made again, after a pause that doubles. */
export class Iteration implements AsyncDisposable {
  private readonly source: Iterable | (() => Iterable)
  private readonly listed: (list: EndpointList) => void
  private readonly failed: (error: unknown) => void
  private readonly clock: Clock
  private iterator: AsyncIterator<EndpointList> | undefined = undefined
  private timer: TimerHandle | undefined = undefined
  private pause = shortestPause
  private over = false

  constructor(source: Iterable | (() => Iterable), listed: (list: EndpointList) => void, failed: (error: unknown) => void, clock: Clock) {
    this.source = source
    this.listed = listed
    this.failed = failed
    this.clock = clock
    void this.run()
  }

  /** Does not wait for the iterator: one that waits for news answers only when there are some. */
  [Symbol.asyncDispose](): Promise<void> {
    this.over = true
    this.timer?.cancel()
    this.giveUp()
    return Promise.resolve()
  }

  private async run(): Promise<void> {
    try {
      await this.iterate()
    } catch (error) {
      this.failed(error)
    }
    if (this.over || typeof this.source !== 'function') return
    this.timer = this.clock.schedule(this.clock.now() + this.pause, false, again, this)
    this.pause = Math.min(longestPause, this.pause * 2)
  }

  private async iterate(): Promise<void> {
    const iterable = typeof this.source === 'function' ? this.source() : this.source
    const iterator = iterable[Symbol.asyncIterator]()
    this.iterator = iterator
    for (;;) {
      const { done, value } = await iterator.next()
      if (done === true || this.over) return
      this.pause = shortestPause
      this.listed(value)
    }
  }

  /** Nobody is left to hear of an error here. */
  private giveUp(): void {
    this.iterator?.return?.().catch(() => {})
  }

  again(): void {
    if (!this.over) void this.run()
  }
}

function again(iteration: Iteration): void {
  iteration.again()
}
