import type { Instant, Millis } from '../types.ts'

/** A reply whose body runs for longer is a stream, a long poll or a socket: it says nothing about load. */
export const YOUNG: Millis = 1_000

/** What a lease gives to be kept in a list without allocating one. */
export interface Body {
  headAt: Instant
  inYoung: boolean
  older: Body | undefined
  newer: Body | undefined
}

/** What an endpoint gives to keep its replies whose head came and whose tail has not. */
export interface BodyHolder {
  young: number
  oldest: Body | undefined
  newest: Body | undefined
  /** Those older than a second when last looked at: a gauge. */
  open: number
}

/** How many are younger than a second. Older ones are moved to the gauge, once in their life: exact, and O(1) on average. */
export function youngBodies(holder: BodyHolder, now: Instant): number {
  while (holder.oldest !== undefined && now - holder.oldest.headAt >= YOUNG) {
    unlink(holder, holder.oldest)
    holder.open += 1
  }
  return holder.young
}

/** To be called in the order of their heads. */
export function addBody(holder: BodyHolder, body: Body, now: Instant): void {
  body.headAt = now
  body.inYoung = true
  body.older = holder.newest
  if (holder.newest === undefined) holder.oldest = body
  else holder.newest.newer = body
  holder.newest = body
  holder.young += 1
}

export function removeBody(holder: BodyHolder, body: Body): void {
  if (body.inYoung) unlink(holder, body)
  else holder.open -= 1
}

function unlink(holder: BodyHolder, body: Body): void {
  if (body.older === undefined) holder.oldest = body.newer
  else body.older.newer = body.newer
  if (body.newer === undefined) holder.newest = body.older
  else body.newer.older = body.older
  // A closed lease that somebody keeps must not keep its neighbours.
  body.older = undefined
  body.newer = undefined
  body.inYoung = false
  holder.young -= 1
}
