import { describe, expect, test } from 'vitest'
import { METRICS, type MetricKey } from '../metrics/names.ts'
import { dashboardOf } from './dashboard.ts'
import { labelOf, labelsOf, NAMINGS, seriesOf, type Naming } from './naming.ts'
import { rowsOf } from './panels.ts'
import { Queries } from './query.ts'
import { rulesFile } from './rules-file.ts'
import { rulesOf } from './rules.ts'

const suffix = (naming: Naming): string => (naming === 'exporter' ? '' : `-${naming}`)
const panels = (naming: Naming) => rowsOf(naming).flatMap((row) => row.panels)
/** Without the edges: their source is told in another way. */
const queries = (naming: Naming, { withEdges = true } = {}): string => {
  const rows = rowsOf(naming).filter(({ title }) => withEdges || !title.startsWith('Edges'))
  return [...rows.flatMap((row) => row.panels.flatMap(({ targets }) => targets.map(({ query }) => query))), ...rulesOf(naming).flatMap(({ rules }) => rules.map(({ expr }) => expr))].join('\n')
}
/** Names of series: what stands neither in braces nor in a list of labels. */
const seriesIn = (text: string): ReadonlySet<string> => new Set(text.replaceAll(/\{[^}]*\}|\b(?:by|on|group_left) \([^)]*\)/g, '').match(/(?<![\w:])(?:inmesh|http|rpc)_[a-z_]+/g))
const keys = Object.keys(METRICS) as MetricKey[]

describe.each(NAMINGS)('for the names of %s', (naming) => {
  test('the dashboard that is published is the one that the panels make (update it with vitest -u)', async () => {
    await expect(`${JSON.stringify(dashboardOf(naming), undefined, 2)}\n`).toMatchFileSnapshot(`../../prometheus/dashboard${suffix(naming)}.json`)
  })

  test('the rules that are published are the ones that the rules make (update them with vitest -u)', async () => {
    await expect(rulesFile(naming)).toMatchFileSnapshot(`../../prometheus/rules${suffix(naming)}.yml`)
  })

  test('each metric of ours stands in a panel, and no name that is none of ours', () => {
    const asked = seriesIn(queries(naming))
    const known = new Map(keys.flatMap((key) => (METRICS[key].kind === 'histogram' ? (['bucket', 'count', 'sum'] as const) : [undefined]).map((part) => [seriesOf(key, naming, part), key])))
    // What an instrumentation of HTTP or RPC has panels for, and what clients see of it is in ours.
    const others: readonly MetricKey[] = ['httpClient', 'rpcClient']
    const shown = new Set([...asked].map((name) => known.get(name)))
    expect(keys.filter((key) => !shown.has(key))).toEqual(others)
    expect([...asked].filter((name) => !known.has(name))).toEqual([])
  })
})

test('of gauges, counters and durations each way to Prometheus has its own names', () => {
  expect(NAMINGS.map((naming) => [seriesOf('callDuration', naming, 'bucket'), seriesOf('callRefused', naming), seriesOf('limitAdmitted', naming), seriesOf('backupShare', naming), seriesOf('budgetBalance', naming)])).toEqual([
    ['inmesh_call_duration_bucket', 'inmesh_call_refused_total', 'inmesh_limit_admitted_total', 'inmesh_backup_share', 'inmesh_budget_balance'],
    ['inmesh_call_duration_seconds_bucket', 'inmesh_call_refused_total', 'inmesh_limit_admitted_total', 'inmesh_backup_share_ratio', 'inmesh_budget_balance'],
  ])
})

test('what one way asks the other asks too, by other names', () => {
  const renamed = keys.flatMap((key) => (METRICS[key].kind === 'histogram' ? (['bucket', 'count', 'sum'] as const) : [undefined]).map((part) => [seriesOf(key, 'otlp', part), seriesOf(key, 'exporter', part)] as const))
  const back = renamed.toSorted(([a], [b]) => b.length - a.length).reduce((text, [otlp, exporter]) => text.replaceAll(new RegExp(`\\b${otlp}\\b`, 'g'), exporter), queries('otlp', { withEdges: false }))
  expect(back).toBe(queries('exporter', { withEdges: false }))
})

test('each panel says what it shows, of what unit, and tells its series apart; no two have one title', () => {
  const all = panels('exporter')
  expect(all.filter(({ title, description, unit, targets }) => title === '' || !description.endsWith('.') || (unit as string) === '' || targets.length === 0 || targets.some(({ legend }) => legend === '')).map(({ title }) => title)).toEqual([])
  expect(new Set(all.map(({ title }) => title)).size).toBe(all.length)
})

test('a query by a label that the metric has not is a mistake and no empty panel', () => {
  expect(() => new Queries('exporter').rate('callDuration', '5m', ['inmesh.cause'])).toThrow('callDuration has no label inmesh.cause')
  expect(() => new Queries('exporter').now('sum', 'backupShare', [], { 'inmesh.state': 'in' })).toThrow('backupShare has no label inmesh.state')
  expect(labelsOf('tryDuration').map(labelOf)).toContain('inmesh_endpoint')
})

test('each alert has a severity, says what it is, and points to its place on the page', () => {
  const alerts = rulesOf('exporter').flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule] : [])))
  expect(alerts.length).toBeGreaterThan(5)
  const file = rulesFile('exporter')
  for (const { alert, summary, description, severity } of alerts) {
    expect([summary, description, severity].filter((text) => text.trim() === '')).toEqual([])
    expect(file).toContain(`doc: docs/guide/prometheus.md#${alert.toLowerCase()}`)
  }
})
