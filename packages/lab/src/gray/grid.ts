import type { Cell, Size } from './cell.ts'
import { troubles } from './trouble.ts'

export interface Planned {
  readonly cell: Cell
  readonly size: Size
}

/** The load that the target is about. */
export const TARGET_LOAD = 0.7
export const LOADS: readonly number[] = [0.3, 0.7, 0.9]
export const FLEETS: readonly number[] = [2, 3, 5, 10, 100]
export const CLIENTS: readonly number[] = [1, 100]

const PLAIN = { slots: 4, drawnBy: 'call' } as const
const names = troubles.map(({ name }) => name)

/** Every cell of the set, those of the target first and with more of everything. */
export function wholeGrid(): Planned[] {
  const target = names.flatMap((trouble) => fleetsOf(trouble, TARGET_LOAD))
  const variants = names.flatMap((trouble): Cell[] => [
    { trouble, load: TARGET_LOAD, endpoints: 10, clients: 1, slots: 16, drawnBy: 'call' },
    { trouble, load: TARGET_LOAD, endpoints: 10, clients: 1, slots: 4, drawnBy: 'replica' }
  ])
  const others = LOADS.filter((load) => load !== TARGET_LOAD).flatMap((load) => names.flatMap((trouble) => fleetsOf(trouble, load)))
  return [
    ...[...target, ...variants].map((cell) => ({ cell, size: { seeds: 3, calls: 20_000 } })),
    ...others.map((cell) => ({ cell, size: { seeds: 2, calls: 10_000 } }))
  ]
}

/** Ten endpoints, one client, at the target's load: a minute instead of an hour. */
export function quickGrid(): Planned[] {
  return names.map((trouble) => ({
    cell: { trouble, load: TARGET_LOAD, endpoints: 10, clients: 1, ...PLAIN },
    size: { seeds: 1, calls: 8_000 }
  }))
}

function fleetsOf(trouble: string, load: number): Cell[] {
  return CLIENTS.flatMap((clients) => FLEETS.map((endpoints) => ({ trouble, load, endpoints, clients, ...PLAIN })))
}
