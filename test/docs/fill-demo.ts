// Writes the result of `npm run demo` into README.md: node test/docs/fill-demo.ts [reports/demo.json]

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './blocks.ts'

interface Contender {
  readonly name: string
  readonly calls: number
  readonly success: number
  readonly latencyMs: Readonly<Record<'p50' | 'p99' | 'p999' | 'max', number>>
  readonly healthy: { readonly latencyMs: { readonly p99: number } }
  readonly extraLoad: number
  readonly faults: readonly { readonly name: string; readonly outOfTheWayMs: number | null }[]
}

export interface DemoResult {
  /** Whether everything held that the scenario asserts, its machine's spare CPU among it. */
  readonly ok: boolean
  readonly seeds: readonly number[]
  readonly date: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string }
  readonly contenders: readonly Contender[]
}

const begin = /^<!-- demo:begin .*-->$/m
const end = '<!-- demo:end -->'

/** The page with the table between its marks. */
export function filled(page: string, result: DemoResult): string {
  const from = begin.exec(page)
  const to = page.indexOf(end)
  if (!result.ok) throw new Error('this demo missed what it asserts, so its figures are not those to show')
  if (from === null || to < from.index) throw new Error('README.md: the marks <!-- demo:begin … --> and <!-- demo:end --> are missing')
  return `${page.slice(0, from.index + from[0].length)}\n${tableOf(result)}\n${page.slice(to)}`
}

function tableOf({ contenders, seeds, machine, date }: DemoResult): string {
  const row = (label: string, cell: (each: Contender) => string): string => `| ${label} | ${contenders.map(cell).join(' | ')} |`
  const names = contenders.map(({ name }) => titles[name] ?? name)
  const span = seeds.length === 1 ? `seed ${seeds[0]}` : `the worst of ${seeds.length} seeds`
  const kinds = (contenders[0]?.faults ?? []).map(({ name }) => name.split(' ')[0])
  return [
    `| | ${names.join(' | ')} |`,
    `|---|${names.map(() => '---:').join('|')}|`,
    row('calls that succeeded', ({ success }) => percent(success, 2)),
    row('p50 · p99 · p99.9', ({ latencyMs: { p50, p99, p999 } }) => `${ms(p50)} · ${ms(p99)} · ${ms(p999)}`),
    row('p99 before the first fault', ({ healthy }) => ms(healthy.latencyMs.p99)),
    row('extra load', ({ extraLoad }) => percent(extraLoad, 1)),
    row(`felt by callers: ${kinds.join(' · ')}`, ({ faults }) => faults.map(({ outOfTheWayMs }) => felt(outOfTheWayMs)).join(' · ')),
    '',
    `<sub>${contenders[0]?.calls.toLocaleString('en')} calls each, a fifth of them POSTs; ${span}; Node ${machine.node.slice(1)}, ${machine.cores} cores, ${date.slice(0, 10)}. The last two faults overlap. Latency counts from when a call was due; a fault is felt while 1 % of calls fail or are slow.</sub>`,
  ].join('\n')
}

const titles: Readonly<Record<string, string>> = { undici: 'undici', inmesh: 'inmesh' }

function felt(time: number | null): string {
  if (time === null) return 'to its end'
  return time < 50 ? '0' : `${(time / 1000).toFixed(1)} s`
}

/** Rounded towards the worse: 99.996 % is not 100 %. */
function percent(share: number, digits: number): string {
  const scale = 10 ** digits
  const whole = share > 0.5 ? Math.floor(share * 100 * scale + 1e-6) : Math.ceil(share * 100 * scale - 1e-6)
  return `${(whole / scale).toFixed(digits)} %`
}

function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value).toLocaleString('en')} ms`
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const file = process.argv[2] ?? join(root, 'reports', 'demo.json')
  const readme = join(root, 'README.md')
  const result = JSON.parse(readFileSync(file, 'utf8')) as DemoResult
  writeFileSync(readme, filled(readFileSync(readme, 'utf8'), result))
  console.log(`README.md: the demo of ${result.date}`)
}
