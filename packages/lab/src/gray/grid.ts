import type { Cell, Size } from './cell.ts'
import { troubles } from './trouble.ts'

export interface Planned {
  readonly cell: Cell
  readonly size: Size
}

/** The load that the target is about. */
export const TARGET_LOAD = 0.7
export const LOADS: readonly number[] = [0.3, 0.7, 0.9]
/** In the order in which they are run: what is asked for most comes first. */
export const FLEETS: readonly number[] = [10, 5, 3, 2, 100]
export const CLIENTS: readonly number[] = [1, 100]

const PLAIN = { slots: 4, drawnBy: 'call' } as const
const names = troubles.map(({ name }) => name)

/** Every cell of the set, those of the target first and with more of everything. */
export function wholeGrid(): Planned[] {
  const target = CLIENTS.flatMap((clients) => fleetsOf(TARGET_LOAD, clients))
  const variants = names.flatMap((trouble): Cell[] => [
    { trouble, load: TARGET_LOAD, endpoints: 10, clients: 1, slots: 16, drawnBy: 'call' },
    { trouble, load: TARGET_LOAD, endpoints: 10, clients: 1, slots: 4, drawnBy: 'replica' }
  ])
  const others = LOADS.filter((load) => load !== TARGET_LOAD).flatMap((load) => CLIENTS.flatMap((clients) => fleetsOf(load, clients)))
  return [
    ...[...target, ...variants].map((cell) => ({ cell, size: sizeOf(cell) })),
    ...others.map((cell) => ({ cell, size: { seeds: 1, calls: 8_000, few: true } }))
  ]
}

/** A hundred clients take a warm-up of their own each, and a hundred endpoints a load of their own: there is less of those. */
function sizeOf({ endpoints, clients }: Cell): Size {
  if (clients > 1 && endpoints !== 10) return { seeds: 1, calls: 20_000, few: true }
  return { seeds: endpoints === 100 || clients > 1 ? 2 : 3, calls: 20_000 }
}

/** Ten endpoints, one client, at the target's load: a minute instead of an hour. */
export function quickGrid(): Planned[] {
  return names.map((trouble) => ({
    cell: { trouble, load: TARGET_LOAD, endpoints: 10, clients: 1, ...PLAIN },
    size: { seeds: 1, calls: 8_000 }
  }))
}

function fleetsOf(load: number, clients: number): Cell[] {
  return FLEETS.flatMap((endpoints) => names.map((trouble) => ({ trouble, load, endpoints, clients, ...PLAIN })))
}
