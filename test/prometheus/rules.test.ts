import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installing, prometheusBinaries } from './prometheus-binary.ts'
import { cases, ratios, type Firing, type Input, type Situation } from './rule-cases.ts'

const folder = mkdtempSync(join(tmpdir(), 'inmesh-rules-'))
let promtool = ''
beforeAll(async () => { promtool = (await prometheusBinaries()).promtool }, installing)
afterAll(() => rmSync(folder, { recursive: true }))

const published = (name: string): string => fileURLToPath(import.meta.resolve(`@inmesh/otel/prometheus/${name}`))

/** By the way that metrics take to Prometheus: its rules, and what it calls a series. */
const ways: Readonly<Record<string, { readonly rules: string; readonly called: (series: string) => string }>> = {
  'the exporter for Node': { rules: published('rules.yml'), called: (series) => series },
  'the Collector or OTLP': {
    rules: published('rules-otlp.yml'),
    called: (series) => series.replace(/^inmesh_(call|try)_duration_/, 'inmesh_$1_duration_seconds_').replace(/^inmesh_(engine_state|ejection_in_panic|server_admission_overloaded)\{/, 'inmesh_$1_ratio{'),
  },
}

interface Question {
  readonly rules: string
  readonly step: string | undefined
  readonly situation: Situation
  readonly called: (series: string) => string
}

/** What promtool says of an alert: `SUCCESS`, or what it expected and what it got. */
function judged({ alert, ...question }: Question & { readonly alert: string }, expected: readonly object[]): string {
  return answerTo(question, { alert_rule_test: [{ eval_time: question.situation.at, alertname: alert, exp_alerts: expected }] })
}

function answerTo({ rules, step = '1m', situation, called }: Question, asked: object): string {
  const file = join(folder, 'test.json')
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({
    rule_files: [rules], evaluation_interval: step,
    tests: [{ interval: step, input_series: seriesOf(situation.series, called), ...asked }],
  }))
  return promtoolSays('test', 'rules', file)
}

function promtoolSays(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(promtool, args, { encoding: 'utf8' })
  return `${stdout}${stderr}`
}

function seriesOf(input: Input, called: (series: string) => string): readonly object[] {
  return Object.entries(input).map(([series, values]) => ({ series: called(series), values }))
}

function told(alert: string, { labels, summary, description }: Firing): object {
  return { exp_labels: labels, exp_annotations: { summary, description, doc: `docs/guide/prometheus.md#${alert.toLowerCase()}` } }
}

const all = Object.entries(cases)
const fires = all.flatMap(([alert, { fires: some, step }]) => some.map((situation) => ({ alert, step, situation, what: situation.what })))
const holds = all.flatMap(([alert, { holds: some, step }]) => some.map((situation) => ({ alert, step, situation, what: situation.what })))

describe.each(Object.entries(ways))('rules for what comes from %s', (_, { rules, called }) => {
  test('are rules', () => {
    expect(promtoolSays('check', 'rules', rules)).toContain('SUCCESS: 15 rules found')
  })

  test('have each alert tried both ways: that it fires, and that it does not', () => {
    const alerts = [...readFileSync(rules, 'utf8').matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name)
    expect(all.map(([name]) => name)).toEqual(alerts)
    expect(all.filter(([, one]) => one.fires.length === 0 || one.holds.length === 0)).toEqual([])
  })

  test.each(ratios)('record that a share of $value failed where $what', ({ value, ...situation }) => {
    const record = 'job_inmesh_service:inmesh_call_failures:ratio_rate5m'
    const samples = [{ labels: `${record}{job="shop", inmesh_service="catalog"}`, value }]
    expect(answerTo({ rules, step: undefined, situation, called }, { promql_expr_test: [{ expr: record, eval_time: situation.at, exp_samples: samples }] })).toContain('SUCCESS')
  })

  test.each(fires)('$alert fires where $what', ({ alert, step, situation }) => {
    expect(judged({ rules, alert, step, situation, called }, [told(alert, situation)])).toContain('SUCCESS')
  })

  test.each(holds)('$alert does not where $what', ({ alert, step, situation }) => {
    expect(judged({ rules, alert, step, situation, called }, [])).toContain('SUCCESS')
    // Whoever expects one is told that there is none: the series are such that promtool understands them.
    expect(judged({ rules, alert, step, situation, called }, [{ exp_labels: {} }])).toContain('FAILED')
  })

  test('have one number to change, the objective', () => {
    const changed = join(folder, 'changed.yml')
    const text = readFileSync(rules, 'utf8')
    expect(text.match(/0\.999/g)).toHaveLength(1)
    writeFileSync(changed, text.replace('0.999', '0.99'))
    const [situation] = cases['InmeshErrorBudgetBurnsFast']!.fires
    expect(judged({ rules: changed, alert: 'InmeshErrorBudgetBurnsFast', step: '1m', situation: situation!, called }, [])).toContain('SUCCESS')
  })
})
