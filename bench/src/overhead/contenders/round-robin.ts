import { Dispatcher, type Pool } from 'undici'
import type { Contender } from '../contender.ts'

export const request = { path: '/items/42', method: 'GET' } as const

/** What every contender asks of a reply: a 200, read to its end. */
export async function consume({ statusCode, body }: Dispatcher.ResponseData): Promise<void> {
  await body.text()
  if (statusCode !== 200) throw new Error(`got a ${statusCode}`)
}

/** In turn over the pools: the plainest way to use three replicas, and the client inside every peer. */
export class RoundRobin {
  private readonly pools: readonly Pool[]
  private turn = 0

  constructor(pools: readonly Pool[]) {
    this.pools = pools
  }

  next(): Pool {
    this.turn = (this.turn + 1) % this.pools.length
    return this.pools[this.turn] as Pool
  }

  send(signal?: AbortSignal): Promise<Dispatcher.ResponseData> {
    return this.next().request(signal === undefined ? request : { ...request, signal })
  }
}

export function bare(roundRobin: RoundRobin, name = 'undici'): Contender {
  return { name, send: async () => consume(await roundRobin.send()) }
}

/** A known extra cost, to show that the harness sees one. */
export function slowed(roundRobin: RoundRobin, micros: number): Contender {
  return {
    name: `undici + ${micros} us`,
    send: async () => {
      const until = process.hrtime.bigint() + BigInt(micros * 1000)
      while (process.hrtime.bigint() < until);
      return consume(await roundRobin.send())
    },
  }
}

/** The same beneath `fetch`. */
export class RoundRobinDispatcher extends Dispatcher {
  private readonly roundRobin: RoundRobin

  constructor(roundRobin: RoundRobin) {
    super()
    this.roundRobin = roundRobin
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.roundRobin.next().dispatch(options, handler)
  }
}
