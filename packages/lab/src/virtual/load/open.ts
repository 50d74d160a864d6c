import type { OpenLoad } from '../../scenario/load.ts'
import { CallStream } from '../../workload/arrivals.ts'
import { Entry } from '../entry.ts'
import { LoadSource } from './source.ts'
import type { LoadEnv } from './source.ts'

/** Calls are sent when they are due, whether or not earlier ones were answered. */
export class OpenSource extends LoadSource {
  private readonly stream: CallStream
  private readonly arrival = new Arrival(() => this.arrive())

  constructor(env: LoadEnv, load: OpenLoad, seed: number) {
    super(env)
    this.stream = new CallStream(load, seed)
  }

  begin(): void {
    this.await()
  }

  private arrive(): void {
    const { stream, env } = this
    this.send(env.epoch + stream.at, stream.requestClass)
    this.await()
  }

  private await(): void {
    const { stream, env } = this
    if (stream.next()) env.agenda.enter(this.arrival, env.epoch + stream.at)
    else env.onDone()
  }
}

class Arrival extends Entry {
  private readonly arrive: () => void

  constructor(arrive: () => void) {
    super()
    this.arrive = arrive
  }

  fire(): void {
    this.arrive()
  }
}
