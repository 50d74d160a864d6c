import { checks, durationForm, durationOf, parseDuration, type Duration } from '@inmesh/pipeline'
import type { LoadReportForm, Millis } from '@inmesh/policy'

/** How a server's own load is measured and told. */
export interface LoadOptions {
  /**
   * How the header is written: `json`, `text` or `bin`, all under `endpoint-load-metrics`. Default `json`, which every Envoy
   * that knows the header reads; older ones of them read no `text` with an equals sign.
   */
  readonly form?: LoadReportForm
  /**
   * Processor, loop, memory and rates are looked at no more often than this, and the header is made anew then. Default
   * 100 ms: a look and a header cost some 40 µs, 0.04 % of a core. 10 ms–1 min. Without requests nothing is looked at.
   */
  readonly every?: Duration
  /**
   * Time constant with which what was is forgotten. Default 1 s, as often as clients of gRPC look at weights (gRFC A58).
   * 10 ms–10 min; shorter follows a burst sooner, and weights jitter with chance.
   */
  readonly over?: Duration
}

/** The same in milliseconds, with nothing left out. */
export interface LoadTerms {
  readonly form: LoadReportForm
  readonly every: Millis
  readonly over: Millis
}

export const LOAD_DEFAULTS: LoadTerms = { form: 'json', every: 100, over: 1_000 }

/** What stands at `load` of a server's options. */
export const loadOptions: checks.Kind = checks.shape<LoadOptions>({
  form: checks.choice('json', 'text', 'bin'),
  every: within(10, 60_000, 'from 10 ms to 1 min'),
  over: within(10, 600_000, 'from 10 ms to 10 min'),
})

/** Throws a `TypeError` that lists every mistake. */
export function loadTerms(options: LoadOptions): LoadTerms {
  checks.assertKind('load', options, loadOptions)
  const { form, every, over } = { ...LOAD_DEFAULTS, ...given(options) }
  return { form, every: durationOf(every, 'load.every'), over: durationOf(over, 'load.over') }
}

function within(least: Millis, most: Millis, range: string): checks.Kind {
  const allows = (value: unknown): boolean => {
    const ms = parseDuration(value)
    return ms !== undefined && ms >= least && ms <= most
  }
  return { accepted: `${durationForm}, ${range}`, allows }
}

/** An option that is undefined is absent. */
function given(options: LoadOptions): { [K in keyof LoadOptions]: Exclude<LoadOptions[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
