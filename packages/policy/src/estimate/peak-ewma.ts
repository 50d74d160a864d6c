import type { Instant } from '../types.ts'
import { fade } from './fade.ts'

/*
 * Peak-sensitive moving average (Finagle's `PeakEwma`; Tower, Linkerd and brpc follow it): up fast, down with a time
 * constant. Three things differ. Samples are latencies divided by the operation's median, so 1 is ordinary. Between
 * samples it moves towards what is ordinary in the pool, not towards zero: else in an idle pool whoever has not answered
 * for longest looks fastest, and the herd goes there. And it goes up by a part of the excess: see `RISE`.
 *
 * Its state is two numbers, the value and its instant, from `at` on in an array that the caller owns; a value below zero
 * is a bound that tries which were given up have set. `pool` is what is
 * ordinary, `perDecay` one over the time constant.
 */

export const PEAK_WIDTH = 2

/**
 * The most that is remembered, in units of what is ordinary. Beyond it a greater number says nothing more about whom to
 * avoid (a hung endpoint is told by the age of its tries), but it takes as much longer to be forgotten: a replica that
 * hung for 160 medians read as worse than one ten times slower for 28 s after it was well again, with a ceiling of 20 for 8 s.
 */
const CEILING = 10

/**
 * How much of the way up one sample goes. All of it, as published, is the luck of one call: latencies of a healthy replica
 * have a tail too, its large calls made it dear for ten seconds, and the others queued. With a fifth an endpoint that
 * answers ten times as slowly is nearly three times as dear after one answer and five times after three; what gives no answer is
 * told by the age of its tries.
 */
const RISE = 0.2

/**
 * How much of a bound an answer leaves standing. A try that was given up says that the endpoint hung or was slow then; an
 * answer sooner than that says that this is over, so it counts for more than one sample of many does: after three
 * answers, a few seconds of being looked at, what hung has its share back instead of after twenty.
 */
const KEPT_OF_BOUND = 1 / 4

/** Nothing known: the value is infinitely long ago, so that a reading is the pool's value exactly. */
export function forgetPeak(numbers: Float64Array, at: number): void {
  numbers[at] = 1
  numbers[at + 1] = -Infinity
}

/** Changes nothing. */
export function readPeak(numbers: Float64Array, at: number, now: Instant, pool: number, perDecay: number): number {
  return pool + (Math.abs(numbers[at]!) - pool) * fade((now - numbers[at + 1]!) * perDecay)
}

/**
 * The first sample of all may only lower what is expected: it carries what only first replies carry, the connection being
 * opened, TLS, cold caches, our own code being compiled. As a peak it would keep the fastest replica of a small fleet
 * without traffic for seconds after a start.
 */
export function addPeak(
  numbers: Float64Array, at: number, sample: number, now: Instant, pool: number, perDecay: number,
): void {
  const value = numbers[at]!
  const most = CEILING * pool
  if (sample > most) sample = most
  const kept = fade((now - numbers[at + 1]!) * perDecay)
  if (numbers[at + 1] === -Infinity) numbers[at] = sample < pool ? sample : pool
  else if (value < 0) numbers[at] = belowBound(sample, pool + (-value - pool) * kept, pool)
  else numbers[at] = towards(sample, value, pool + (value - pool) * kept, kept)
  numbers[at + 1] = now
}

function towards(sample: number, value: number, reading: number, kept: number): number {
  return sample >= reading ? reading + RISE * (sample - reading) : sample + (value - sample) * kept
}

function belowBound(sample: number, bound: number, pool: number): number {
  if (sample >= bound) return sample
  const left = pool + (bound - pool) * KEPT_OF_BOUND
  return left > sample ? -left : sample
}

/** A try that was given up after this long: the truth is at least that much, so it may only raise the estimate. */
export function raisePeak(
  numbers: Float64Array, at: number, atLeast: number, now: Instant, pool: number, perDecay: number,
): void {
  if (atLeast <= readPeak(numbers, at, now, pool, perDecay)) return
  const most = CEILING * pool
  numbers[at] = atLeast < most ? -atLeast : -most
  numbers[at + 1] = now
}
