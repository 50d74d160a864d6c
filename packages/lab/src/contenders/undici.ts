import { CRITICALITY_HEADER } from '@inmesh/policy'
import { BalancedPool, interceptors } from 'undici'
import type { Dispatcher } from 'undici'
import { isOnceOnly } from '../scenario/load.ts'
import type { UndiciOptions } from '../scenario/contenders.ts'
import type { Endpoint } from '../real/messages.ts'
import { lookUp, urlsByService } from './client.ts'
import type { Client } from './client.ts'

interface Arm {
  readonly pool: BalancedPool
  readonly retrying: Dispatcher
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** undici's options tell "not given" from "undefined". */
function defined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>
}

function createArm(urls: string[], { timeout: _, retry, ...poolOptions }: UndiciOptions): Arm {
  const pool = new BalancedPool(urls, defined(poolOptions))
  return { pool, retrying: retry === undefined ? pool : pool.compose(interceptors.retry(defined(retry))) }
}

/** `BalancedPool` and its retry interceptor. Calls that must not be repeated go past the interceptor. */
export function createUndiciClient(endpoints: readonly Endpoint[], options: UndiciOptions): Client {
  const arms = new Map([...urlsByService(endpoints)].map(([service, urls]) => [service, createArm(urls, options)]))
  return {
    request: ({ class: requestClass, criticality = 'CRITICAL', path, headers, body }) => {
      const { pool, retrying } = lookUp(arms, requestClass.service)
      const dispatcher = isOnceOnly(requestClass) ? pool : retrying
      // AbortSignal.timeout is exact to the millisecond; undici's own timeouts tick in half seconds, 1 s at least.
      const timeout = Math.min(options.timeout ?? Infinity, requestClass.timeout ?? Infinity)
      const signal = timeout === Infinity ? null : AbortSignal.timeout(timeout)
      // A BalancedPool has no origin of its own; the type asks for one that the implementation sets per upstream.
      return dispatcher.request({
        path,
        method: requestClass.method,
        headers: criticality === 'CRITICAL' ? headers : { ...headers, [CRITICALITY_HEADER]: criticality },
        body,
        signal
      } as Dispatcher.RequestOptions)
    },
    close: async () => {
      await Promise.all([...arms.values()].map(({ pool }) => pool.destroy()))
    }
  }
}
