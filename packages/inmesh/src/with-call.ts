import { durationOf, nodeClock, withAmbient, type Duration } from '@inmesh/pipeline'
import type { Criticality } from '@inmesh/policy'

export interface CallContextOptions {
  /** For everything beneath together. A deadline that is already there stays when it is nearer. */
  readonly timeout?: Duration
  /** Of every call beneath that does not say its own. */
  readonly criticality?: Criticality
  /** Calls beneath are not repeated: the work they are for is itself a repetition. */
  readonly noRetry?: boolean
}

/** Runs `fn`; every governed call made beneath it, in code that knows nothing of the mesh too, inherits the context. */
export function withCall<T>(options: CallContextOptions, fn: () => T): T {
  const { timeout, criticality, noRetry = false } = options
  const deadline = timeout === undefined ? Infinity : nodeClock().now() + durationOf(timeout, 'withCall.timeout')
  return withAmbient({ deadline, criticality, noRetry }, fn)
}
