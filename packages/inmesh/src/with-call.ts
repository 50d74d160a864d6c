import { assertContextOptions, durationOf, nodeClock, withAmbient, type CallContextOptions } from '@inmesh/pipeline'

/**
 * Runs `fn`; every governed call made beneath it, in code that knows nothing of the mesh too, inherits the context. It only
 * ever tightens what is around it. Throws one `TypeError` that lists every mistake.
 */
export function withCall<T>(options: CallContextOptions, fn: () => T): T {
  assertContextOptions(options, fn)
  const { timeout, criticality, noRetry = false } = options
  const deadline = timeout === undefined ? Infinity : nodeClock().now() + durationOf(timeout, 'withCall.timeout')
  return withAmbient({ deadline, criticality, noRetry }, fn)
}
