import { Draft } from './draft.ts'
import {
  LEVEL_NAMES, levelsOf, type LevelField, type LoadReport, METRICS_NAMES, metricsOf, type MetricsField,
} from './report.ts'

/** Under ORCA's own names, as Envoy's documentation and its tests write them. */
export function formatJson(report: LoadReport): string {
  const fields: [string, unknown][] = levelsOf(report).map(([field, value]) => [LEVEL_NAMES[field], value])
  for (const field of METRICS_FIELDS) {
    const metrics = metricsOf(report[field])
    if (metrics.length > 0) fields.push([METRICS_NAMES[field], Object.fromEntries(metrics)])
  }
  return JSON.stringify(Object.fromEntries(fields))
}

/** Under ORCA's own names or those of protobuf's JSON (`cpuUtilization`). What it does not know it skips. */
export function parseJson(text: string): LoadReport | undefined {
  const fields = objectIn(text)
  if (fields === undefined) return undefined
  const draft = new Draft()
  for (const field of LEVEL_FIELDS) {
    const value = fields.get(LEVEL_NAMES[field]) ?? fields.get(field)
    if (value !== undefined && value !== null) draft.level(field, value)
  }
  for (const field of METRICS_FIELDS) takeMetrics(draft, field, fields.get(METRICS_NAMES[field]) ?? fields.get(field))
  const rps = fields.get('rps')
  // Protobuf's JSON writes a whole number of 64 bits as a text.
  if (rps !== undefined && rps !== null) draft.rps(typeof rps === 'string' && /^\d{1,15}$/.test(rps) ? Number(rps) : rps)
  return draft.report
}

const LEVEL_FIELDS = Object.keys(LEVEL_NAMES) as LevelField[]
const METRICS_FIELDS = Object.keys(METRICS_NAMES) as MetricsField[]

function takeMetrics(draft: Draft, field: MetricsField, value: unknown): void {
  if (value === undefined || value === null) return
  if (typeof value !== 'object' || Array.isArray(value)) return draft.spoil()
  for (const [name, metric] of Object.entries(value)) draft.metric(field, name, metric)
}

function objectIn(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? new Map<string, unknown>(Object.entries(value)) : undefined
  } catch {
    return undefined
  }
}
