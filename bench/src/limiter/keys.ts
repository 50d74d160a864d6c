import { seededRandom } from '@inmesh/testing'

/** A permutation's step without a common divisor with any number of keys here, so that popular ones do not lie side by side. */
const APART = 7_919

/** Which key each call is of: a number from 0 to `count` − 1. */
export type Popularity = (count: number) => () => number

/** Each as likely as any other: the worst for every cache. */
export const alike: Popularity = (count) => {
  const random = seededRandom(count)
  return () => Math.floor(random.next() * count)
}

/** Zipf's law with exponent 1: of a million keys the ten most called for have a fifth of all calls, and the last half a twentieth. */
export const popular: Popularity = (count) => {
  const random = seededRandom(count)
  return () => (Math.floor(count ** random.next()) * APART) % count
}

/** Twelve characters, a new string each time and in one piece, as it comes out of a header. */
export function keyOf(index: number): string {
  return Buffer.from(`user-${1_000_000 + index}`, 'latin1').toString('latin1')
}
