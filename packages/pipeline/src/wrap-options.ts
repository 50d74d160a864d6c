import type { Outcome } from '@inmesh/policy'
import { callFields } from './call-options.ts'
import { assertKind, fn, shape, type Kind } from './check-options.ts'
import type { CallOptions } from './context.ts'

export interface WrapOptions extends CallOptions {
  /**
   * Facts about an error of this client; undefined leaves it to the default: by the codes of Node's sockets, else `UNKNOWN`
   * and possibly processed.
   */
  readonly classify?: (error: unknown) => Outcome | undefined
  /** Cancels the call when it aborts. */
  readonly signal?: AbortSignal
}

/** By shape: a signal of another realm, or of a polyfill, is one too. */
const signal: Kind = {
  accepted: 'an AbortSignal',
  allows: (value) => typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value,
}

const wrappable = fn('a function that returns a promise')
const wrapOptions = shape<WrapOptions>({ ...callFields, classify: fn('a function from an error to an outcome'), signal })

/** Once, when a function is wrapped. */
export function assertWrap(fn: unknown, options: unknown): void {
  assertKind('wrap', fn, wrappable)
  assertKind('wrap', options, wrapOptions)
}
