import type { Endpoint } from '../balance/endpoint.ts'

/** As many times its share of available endpoints a level is taken to bear, so that one of four may be out and it still takes all (Envoy). */
const OVERPROVISION = 1.4
/** Sums of shares are not exact. */
const ALL = 1 - 1e-9

/** The endpoints of one priority. */
export interface Level<T> {
  readonly priority: number
  readonly members: number
  /** How many of them are in. */
  readonly available: number
  /** Of all load what it can take, 0–1: 1.4 · available / members, at most 1. */
  readonly health: number
  /** Of all load what it gets: what the levels before it leave over. */
  readonly share: number
  /** Fewer than the panic threshold are in, and the other levels cannot take the rest: all that are reachable are used. */
  readonly panic: boolean
  /** Who may be picked there. */
  readonly candidates: readonly Endpoint<T>[]
}

/**
 * Splits endpoints by priority and load between them, as Envoy does: each level takes what its health allows, lowest
 * number first. Only when all together cannot take the whole load are their shares scaled up, and levels may panic.
 * `available` are those of `members` that are in, `reachable` those that are used in panic.
 */
export function levelsOf<T>(
  members: readonly Endpoint<T>[], available: readonly Endpoint<T>[], reachable: readonly Endpoint<T>[], panicBelow: number,
): readonly Level<T>[] {
  const all = byPriority(members)
  const [ready, spare] = [byPriority(available), byPriority(reachable)]
  const healths = new Map([...all].map(([priority, { length }]) => [priority, Math.min(1, (OVERPROVISION * (ready.get(priority)?.length ?? 0)) / length)]))
  const whole = sum(healths.values())
  let left = 1
  return [...all.keys()].sort((a, b) => a - b).map((priority) => {
    const [count, own, reserve] = [all.get(priority)!.length, ready.get(priority) ?? [], spare.get(priority) ?? []]
    const health = healths.get(priority)!
    // With nobody in anywhere there is nothing to go by but how many there are.
    const wanted = whole >= ALL ? health : whole > 0 ? health / whole : reserve.length / reachable.length
    const share = Math.min(left, wanted)
    left -= share
    const panic = whole < ALL && own.length < panicBelow * count
    return { priority, members: count, available: own.length, health, share, panic, candidates: panic || whole === 0 ? reserve : own }
  })
}

/** How many share the load of this priority: its own, or where priorities do not differ all members. */
export function fleetOf<T>(priority: number, members: number, levels: readonly Level<T>[] | undefined): number {
  return levels === undefined ? members : levels.find((level) => level.priority === priority)?.members ?? 1
}

/** Whether the other levels can take all of a level's load, so that nothing is lost when it is emptied. */
export function othersTakeAll<T>(levels: readonly Level<T>[], priority: number): boolean {
  return sum(levels.filter((level) => level.priority !== priority).map(({ health }) => health)) >= ALL
}

function byPriority<T>(endpoints: readonly Endpoint<T>[]): Map<number, Endpoint<T>[]> {
  const groups = new Map<number, Endpoint<T>[]>()
  for (const endpoint of endpoints) {
    const group = groups.get(endpoint.priority)
    if (group === undefined) groups.set(endpoint.priority, [endpoint])
    else group.push(endpoint)
  }
  return groups
}

function sum(numbers: Iterable<number>): number {
  let sum = 0
  for (const number of numbers) sum += number
  return sum
}
