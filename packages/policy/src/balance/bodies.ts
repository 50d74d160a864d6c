import type { Instant, Millis } from '../types.ts'

/** A body counts as load in the half second of its head and in the next one: for half a second at least, one at most. */
const SLOT: Millis = 500

/**
 * What an endpoint keeps of its replies whose head came and whose tail has not: counts, by the half second of the head. A
 * list of them would be exact to the millisecond, and cost a pick among ten thousand endpoints a third of its time in
 * stores of young objects into old ones.
 */
export interface BodyHolder {
  /** The number of the half second that was looked at last. */
  slot: number
  young: number
  lessYoung: number
  /** The rest: streams, long polls, sockets. They say nothing about load. */
  open: number
}

/** The bodies that count as load. */
export function youngBodies(holder: BodyHolder, now: Instant): number {
  advance(holder, now)
  return holder.young + holder.lessYoung
}

/** Answers the body's slot, to be given back when it ends. */
export function addBody(holder: BodyHolder, now: Instant): number {
  advance(holder, now)
  holder.young += 1
  return holder.slot
}

/** Needs no time: a body is in the count that its half second is in, and moves on with it when somebody looks. */
export function removeBody(holder: BodyHolder, slot: number): void {
  if (slot === holder.slot) holder.young -= 1
  else if (slot === holder.slot - 1) holder.lessYoung -= 1
  else holder.open -= 1
}

/** Time that runs backwards, as between two clocks, changes nothing: a body leaves the count that it is in. */
function advance(holder: BodyHolder, now: Instant): void {
  const slot = Math.floor(now / SLOT)
  if (slot <= holder.slot) return
  holder.open += holder.lessYoung
  holder.lessYoung = holder.young
  if (slot > holder.slot + 1) {
    holder.open += holder.lessYoung
    holder.lessYoung = 0
  }
  holder.young = 0
  holder.slot = slot
}
