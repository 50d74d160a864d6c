/**
 * Milliseconds on the system's monotonic clock. Every process on a machine reads the same one, so parent, load
 * generator and replicas can share an epoch; `performance.now()` starts anew in each process.
 */
export function systemNow(): number {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1_000 + nanos / 1e6
}
