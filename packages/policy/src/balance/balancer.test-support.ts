import { Operations } from '../estimate/operations.ts'
import type { Operation } from '../estimate/operation.ts'
import { Endpoint } from './endpoint.ts'
import type { PickRequest } from './pick-request.ts'
import { Visited } from './visited.ts'

const OPERATION: Operation = new Operations().get('GET /')

export function endpoints(count: number, now = 0): Endpoint<number>[] {
  return Array.from({ length: count }, (_, i) => new Endpoint(`${i}`, i, 1, now))
}

/** Of a safe operation's first try, unless said otherwise. */
export function request(said: Partial<PickRequest<number>> = {}): PickRequest<number> {
  return {
    stats: OPERATION, visited: new Visited<number>(), mayExplore: true, mustDiffer: false, balanceOn: true, ejectOn: true, ...said,
  }
}

export function visited(...used: readonly Endpoint<number>[]): Visited<number> {
  const set = new Visited<number>()
  for (const endpoint of used) set.add(endpoint)
  return set
}
