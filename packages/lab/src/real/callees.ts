import type { Observer } from '@inmesh/pipeline'
import { createClient } from '../contenders/create.ts'
import type { Client } from '../contenders/client.ts'
import { draw } from '../random.ts'
import { isOnceOnly } from '../scenario/load.ts'
import type { InnerCall, Step } from '../scenario/service.ts'
import { pathOf } from '../workload/arrivals.ts'
import { DRAW } from '../workload/draws.ts'
import { systemNow } from './clock.ts'
import { CALL_HEADER, DRAW_HEADER, ONCE_HEADER } from './messages.ts'
import type { InnerCalls, SetCallees } from './messages.ts'
import { countTries } from './tries.ts'
import type { TryCounter } from './tries.ts'

/** A call that a replica serves, as far as what it calls for it depends on that. */
export interface ServedCall {
  /** The load's own call that it is made for. */
  readonly root: number
  /** What its service times are drawn by. */
  readonly key: number
}

/** What a replica calls for each call it gets, and with what. */
export class Callees {
  private readonly client: Client
  private readonly steps: readonly Step[]
  private readonly seed: number
  private readonly names: readonly string[]
  private readonly counter: TryCounter
  /** The calls of the load that calls were made for, one entry for each. */
  private readonly made: number[] = []

  private constructor(client: Client, { steps, seed, endpoints }: SetCallees) {
    this.client = client
    this.steps = steps
    this.seed = seed
    this.names = endpoints.map(({ name }) => name)
    this.counter = countTries(endpoints, systemNow)
  }

  static async create(told: SetCallees, observe?: () => Observer): Promise<Callees> {
    return new Callees(await createClient(told.client, told.endpoints, observe && (() => [observe()])), told)
  }

  /** Makes the calls of the steps before, or after, the service's own work. Answers whether all went well that must. */
  async make(when: Step['when'], served: ServedCall): Promise<boolean> {
    // Steps before and after draw apart.
    let number = when === 'after' ? 1 << 20 : 0
    for (const { mode, onFailure, calls } of this.steps.filter((step) => step.when === when)) {
      const sends = calls.flatMap((inner) => Array.from({ length: inner.count }, () => {
        const at = number++
        return (): Promise<boolean> => this.send(inner, served, at)
      }))
      if (!(await (mode === 'parallel' ? allOf(sends) : inTurn(sends, onFailure === 'fail'))) && onFailure === 'fail') return false
    }
    return true
  }

  /** What was called so far. */
  report(): InnerCalls {
    return { tries: this.counter.result(), endpoints: this.names, calls: Int32Array.from(this.made) }
  }

  private async send({ requestClass, inherits }: InnerCall, { root, key }: ServedCall, number: number): Promise<boolean> {
    this.made.push(root)
    const own = Math.floor(draw(this.seed, key, number, DRAW.inner) * 0x7fffffff)
    const headers = { [CALL_HEADER]: String(root), [DRAW_HEADER]: String(own), ...(isOnceOnly(requestClass) ? { [ONCE_HEADER]: '1' } : {}) }
    try {
      const path = pathOf(requestClass.path, this.seed, own)
      const criticality = inherits ? undefined : requestClass.criticality
      const { statusCode, body } = await this.client.request({ class: requestClass, criticality, path, headers, body: null })
      await body.arrayBuffer()
      return statusCode >= 200 && statusCode < 300
    } catch {
      return false
    }
  }
}

async function allOf(sends: readonly (() => Promise<boolean>)[]): Promise<boolean> {
  const all = await Promise.all(sends.map((send) => send()))
  return all.every(Boolean)
}

async function inTurn(sends: readonly (() => Promise<boolean>)[], stops: boolean): Promise<boolean> {
  let whole = true
  for (const send of sends) {
    if (await send()) continue
    whole = false
    if (stops) return false
  }
  return whole
}
