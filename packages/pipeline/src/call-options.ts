import { assertKind, choice, shape, text, type FieldsOf, type Kind } from './check-options.ts'
import type { CallOptions } from './context.ts'
import { durationForm, parseDuration } from './duration.ts'

export const durationKind: Kind = { accepted: durationForm, allows: (value) => parseDuration(value) !== undefined }

export const callFields: FieldsOf<CallOptions> = {
  operation: text,
  timeout: durationKind,
  repeat: choice('always', 'concurrent', 'sequential', 'if-unprocessed', 'never'),
  affinity: text,
  criticality: choice('CRITICAL_PLUS', 'CRITICAL', 'SHEDDABLE_PLUS', 'SHEDDABLE'),
}

const callOptions = shape<CallOptions>(callFields)

/**
 * For each call that brings options of its own. Nothing is remembered of what was checked: most of them are literals, new
 * with each call, and to keep those in a `WeakSet` takes five times as long as the check, besides missing later changes.
 */
export function assertCallOptions(options: unknown): void {
  if (options !== undefined && options !== null) assertKind('mesh', options, callOptions)
}
