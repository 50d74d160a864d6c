import { pendingTimers } from '@inmesh/pipeline'
import { setTimeout as wait } from 'node:timers/promises'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// The command needs no flag of its own this way.
setFlagsFromString('--expose-gc')
// Code that the start alone has used is thrown out half a minute later, five megabytes at once: a leak could hide behind it.
setFlagsFromString('--no-flush-bytecode')
// What a function has seen is noted from its first call on. By default only once it has run for a while, so that what runs
// rarely (a fault, a cancel in an odd place) goes on taking memory for the first millions of calls: 0.3 bytes a call.
setFlagsFromString('--no-lazy-feedback-allocation')
const collect = runInNewContext('gc') as () => void

export interface Checkpoint {
  readonly calls: number
  readonly heapBytes: number
  readonly atRestAfterMs: number
  readonly timersLeft: number
}

/** The longest that anything may outlive its caller: a loser is drained for a second, a deadline is far below that. */
const patience = 5_000

/** Waits until everything has come to rest, collects, and weighs what is left. */
export async function checkpoint(calls: number, atRest: () => boolean): Promise<Checkpoint> {
  const from = performance.now()
  while ((!atRest() || pendingTimers() > 0) && performance.now() - from < patience) await wait(10)
  const atRestAfterMs = performance.now() - from
  const timersLeft = pendingTimers()
  // Weak references and finalizers are done with over several turns.
  for (let i = 0; i < 5; i++) {
    collect()
    await wait(5)
  }
  return { calls, heapBytes: objectBytes() + process.memoryUsage().arrayBuffers, atRestAfterMs, timersLeft }
}

/** Without compiled code, which comes and goes by a hundred kilobytes as functions are optimised anew. */
function objectBytes(): number {
  const objects = getHeapSpaceStatistics().filter(({ space_name: name }) => !name.includes('code') && !name.includes('trusted'))
  return objects.reduce((sum, space) => sum + space.space_used_size, 0)
}
