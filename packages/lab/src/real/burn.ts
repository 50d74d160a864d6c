/** Reading the CPU time costs about two microseconds; between readings there are some ten of arithmetic. */
const ROUNDS = 8_000

/**
 * Computes until this process has spent `millis` of CPU time, and does nothing else meanwhile: the event loop stands. CPU
 * time and not time that passes, so that a request costs as much on a machine that is busy with something else. Of the
 * process and not of the thread, since Linux tells a thread's own only to the next tick of its scheduler; what the
 * collector's threads spend meanwhile is thus taken for work.
 */
export function burn(millis: number): void {
  const until = spent() + millis * 1_000
  while (spent() < until) compute()
}

/** Microseconds. */
function spent(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

let state = 1

/** Xorshift (Marsaglia, 2003); kept, so that no compiler finds out that nobody needs it. */
function compute(): void {
  for (let round = 0; round < ROUNDS; round++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
  }
}
