import { Draft } from './draft.ts'
import { LEVEL_NAMES, levelsOf, type LevelField, type LoadReport, metricsOf, type MetricsField } from './report.ts'

const LEVEL_FIELDS: ReadonlyMap<string, LevelField> = new Map(Object.entries(LEVEL_NAMES).map(([field, name]) => [name, field as LevelField]))
const PREFIXES: readonly [prefix: string, field: MetricsField][] = [['named_metrics.', 'namedMetrics'], ['utilization.', 'utilization']]
const NUMBER = /^[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?$/

/** `cpu_utilization=0.7,rps_fractional=1000,named_metrics.queue=3`. */
export function formatText(report: LoadReport): string {
  return [
    ...levelsOf(report).map(([field, value]) => `${LEVEL_NAMES[field]}=${value}`),
    ...PREFIXES.flatMap(([prefix, field]) => metricsOf(report[field]).map(([name, value]) => `${prefix}${name}=${value}`)),
  ].join(',')
}

/** Pairs with `=`, or with the `:` that Envoy took first and takes still. One that comes twice spoils all. */
export function parseText(text: string): LoadReport | undefined {
  const draft = new Draft()
  const seen = new Set<string>()
  for (const pair of text.split(',')) {
    const at = pair.search(/[=:]/)
    const name = pair.slice(0, Math.max(0, at)).trim()
    if (at < 0 || name === '' || seen.has(name)) return undefined
    seen.add(name)
    take(draft, name, numberIn(pair.slice(at + 1).trim()))
  }
  return draft.report
}

function take(draft: Draft, name: string, value: number | undefined): void {
  const level = LEVEL_FIELDS.get(name)
  const named = level === undefined ? PREFIXES.find(([prefix]) => name.startsWith(prefix)) : undefined
  if (level !== undefined) draft.level(level, value)
  else if (named !== undefined) draft.metric(named[1], name.slice(named[0].length), value)
  // A field that is newer than this reader.
  else if (value === undefined) draft.spoil()
}

function numberIn(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined
}
