import type { TryRecord } from './context.ts'
import { InmeshError, tryFacts, type TryFacts } from './errors.ts'

/**
 * The tries behind an error that is not ours. Kept beside it, not on it, so that errors of the transport stay as they
 * are; weak, so that nothing is kept alive.
 */
const history = new WeakMap<object, { service: string; operation: string; tries: readonly TryFacts[] }>()

export function rememberTries(error: unknown, service: string, operation: string, tries: readonly TryRecord[]): void {
  if (typeof error === 'object' && error !== null && !InmeshError.is(error)) {
    history.set(error, { service, operation, tries: tries.map(tryFacts) })
  }
}

/** What is known of a failed call, as plain data. */
export interface Explanation {
  readonly refused: boolean
  readonly code: string
  readonly message: string
  readonly service?: string
  readonly operation?: string | undefined
  readonly policy?: string
  readonly numbers?: Readonly<Record<string, number | string>>
  readonly advice: string
  readonly tries: readonly TryFacts[]
}

/**
 * Which policy of which service refused, on what number, what would change it, and the tries that were made. For an
 * error of the transport: that nobody refused, and the tries. `undefined` for an error that no mesh has seen.
 */
export function explain(error: unknown): Explanation | undefined {
  let at = error
  // Bounded: causes may go in a circle.
  for (let depth = 0; depth < 10 && typeof at === 'object' && at !== null; depth++, at = (at as { cause?: unknown }).cause) {
    if (InmeshError.is(at)) {
      const { code, message, service, operation, policy, numbers, advice, tries } = at
      return { refused: code !== 'INMESH_CALL_FAILED', code, message, service, operation, policy, numbers, advice, tries }
    }
    const known = history.get(at)
    if (known !== undefined) {
      const { code, message } = at as { code?: unknown; message?: unknown }
      return { refused: false, code: String(code ?? 'UNKNOWN'), message: String(message), ...known,
        advice: 'No policy refused: the transport failed. The tries listed show each endpoint and its outcome.' }
    }
  }
  return undefined
}
