import type { Criticality } from '@inmesh/policy'
import { callFields, durationKind } from './call-options.ts'
import { assertKind, flag, fn, shape } from './check-options.ts'
import type { Duration } from './duration.ts'

/** What a piece of work says for every call made beneath it. */
export interface CallContextOptions {
  /** For everything beneath together. A deadline that is already there stays when it is nearer. Default: none. */
  readonly timeout?: Duration
  /** Of every call beneath that does not say its own. Default: that of the context around, else the service's. */
  readonly criticality?: Criticality
  /** Calls beneath are not repeated: the work they are for is itself a repetition. Default `false`; stays `true` beneath one that is. */
  readonly noRetry?: boolean
}

const contextOptions = shape<CallContextOptions>({ timeout: durationKind, criticality: callFields.criticality, noRetry: flag })
const work = shape<{ options: CallContextOptions; fn: () => unknown }>({ options: contextOptions, fn: fn('a function') }, ['options', 'fn'])

/** Once for each piece of work: one `TypeError` lists every mistake. */
export function assertContextOptions(options: unknown, fn: unknown): void {
  assertKind('withCall', { options, fn }, work)
}
