import type { Code, Failure, Outcome } from '../types.ts'
import type { CodeVerdict, ReweightOptions } from './options.ts'

const HARMLESS: CodeVerdict = { severity: 0 }
const ORDINARY: CodeVerdict = { severity: 1 }
/**
 * The callee says that it did nothing for want of room, and does others' work meanwhile: a little less for it, since its
 * neighbours may have room, and not so much less that two who both refuse throw the load at each other.
 */
const REFUSED: CodeVerdict = { severity: 0.1 }

const FAILING: ReadonlySet<Code> = new Set<Code>(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL', 'UNKNOWN', 'DATA_LOSS'])

/** Whether a code alone, without a table, speaks against the endpoint. */
export function isFailingCode(code: string): code is Code {
  return FAILING.has(code as Code)
}

/** From here on an answer is a failure for ejection; below it only shifts traffic. */
const COUNTS_AS_FAILURE = 0.5

/** What outcomes mean: the defaults, and over them the user's table. Verdicts are shared objects: nothing is allocated per try. */
export class Verdicts {
  readonly #table = new Map<string | number, CodeVerdict>()

  constructor(codes: Readonly<Record<string, number | CodeVerdict>> = {}) {
    for (const [code, verdict] of Object.entries(codes)) {
      this.#table.set(/^\d{3}$/.test(code) ? Number(code) : code, normalised(verdict))
    }
  }

  of(outcome: Outcome, business?: string): CodeVerdict {
    if (outcome.kind === 'ignored') return HARMLESS
    const listed = this.#table.size === 0 ? undefined : this.#listed(outcome.code, outcome.status, business)
    if (listed !== undefined) return listed
    if (outcome.kind !== 'failure' || !isFailing(outcome)) return HARMLESS
    return outcome.reach === 'refused' ? REFUSED : ORDINARY
  }

  #listed(code: Code, status: number | undefined, business: string | undefined): CodeVerdict | undefined {
    const byBusiness = business === undefined ? undefined : this.#table.get(business)
    if (byBusiness !== undefined) return byBusiness
    return (status === undefined ? undefined : this.#table.get(status)) ?? this.#table.get(code)
  }
}

/** Whether a verdict is a failure for ejection, and not only a shift of traffic. */
export function countsAsFailure(verdict: CodeVerdict): boolean {
  return verdict.severity >= COUNTS_AS_FAILURE || verdict.ejectAfter !== undefined
}

/** Overload is not brokenness: it never counts as one of several failures in a row. A refusal is somebody's decision. */
export function isOverload(outcome: Outcome): boolean {
  return outcome.kind === 'failure' && (outcome.code === 'RESOURCE_EXHAUSTED' || outcome.status === 429 || outcome.reach === 'refused')
}

/** One outcome's severity, 0–10. For who has the options at hand; the balancer keeps `Verdicts`. */
export function severityOf(outcome: Outcome, options: ReweightOptions = {}, business?: string): number {
  return new Verdicts(options.codes).of(outcome, business).severity
}

function isFailing(failure: Failure): boolean {
  if (failure.status === 429) return false
  return FAILING.has(failure.code) || (failure.status !== undefined && failure.status >= 500 && failure.status < 600)
}

function normalised(verdict: number | CodeVerdict): CodeVerdict {
  const given = typeof verdict === 'number' ? { severity: verdict } : verdict
  return { ...given, severity: Math.min(10, Math.max(0, given.severity)) }
}
