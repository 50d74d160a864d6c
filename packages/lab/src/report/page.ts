import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { formatDuration } from '../scenario/duration.ts'
import { describeLoad } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Run } from '../run.ts'
import { percent } from '../stats/verdicts.ts'
import { definitions } from './definitions.ts'
import { pageData } from './page-data.ts'
import type { ContenderResult, Result } from './result.ts'
import { faultRows, resultRows, shareRows } from './rows.ts'
import type { Row } from './rows.ts'

/** The report as one page that needs nothing else: styles, data and the plotting library are inside. */
export function renderPage(scenario: Scenario, result: Result, runs: readonly Run[]): string {
  const json = JSON.stringify(pageData(scenario, result, runs)).replaceAll('<', '\\u003c')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(result.title)}</title>
<style>${library('uplot/dist/uPlot.min.css')}
${asset('page.css')}</style>
</head>
<body>
<main>
${header(scenario, result)}
${latencySection(scenario, result)}
${successSection(result)}
${shareSection(scenario, result)}
${tableSection(result)}
${assertSection(result)}
${methodSection(result)}
</main>
<script type="application/json" id="data">${json}</script>
<script>${library('uplot/dist/uPlot.iife.min.js')}</script>
<script>${asset('page.js')}</script>
</body>
</html>
`
}

function header({ title, description, load }: Scenario, { seeds, contenders }: Result): string {
  const calls = contenders[0]?.perSeed[0]?.calls ?? 0
  const how = `${describeLoad(load)}${load.arrivals === 'closed' ? '' : ', open loop,'} for ${formatDuration(load.duration)}`
  const seedNote = seeds.length > 1 ? `Plots show seed ${seeds[0]}, figures the worst of ${seeds.length} seeds.` : `Seed ${seeds[0]}.`
  return `<h1>${escape(title)}</h1>
<p>${escape(description)}</p>
<p class="note">${how}: ${calls.toLocaleString('en')} calls each. ${seedNote} Real processes and sockets on one machine.</p>`
}

const LATENCY_KEY = `<div class="key">
<span><i class="dot"></i>answered</span>
<span><i class="cross">×</i>failed</span>
<span><i class="arms"></i>p99 of each second</span>
<span><i class="dashes"></i>p50</span>
<span><i class="band"></i>a fault</span>
</div>`

function latencySection({ faults }: Scenario, { contenders }: Result): string {
  const panels = contenders.map(
    (each, arm) => `<div class="panel" style="--own: var(--arm-${arm % 4})">
<div class="arm-head"><span class="arm-name">${escape(each.name)}</span>${figures(each)}</div>
<div id="latency-${arm}"></div>
</div>`
  )
  return `<h2>How long callers waited</h2>
<p class="note">Every call by when it was due, counted from then; the scale is logarithmic.</p>
${panels.join('\n')}
${LATENCY_KEY}
${faultList(faults)}`
}

/** For screens too narrow to write the names into the plot. */
function faultList(faults: Scenario['faults']): string {
  const items = faults.map(
    ({ name, at, for: length }) =>
      `<li>${escape(name)} <span class="soft">${formatDuration(at)} to ${formatDuration(at + length)}</span></li>`
  )
  return faults.length === 0 ? '' : `<ol class="faults">${items.join('')}</ol>`
}

function figures({ success, latencyMs, healthy, extraLoad }: ContenderResult): string {
  const figure = (label: string, value: string, bad: boolean): string =>
    `<span class="figure${bad ? ' bad' : ''}">${label}<b>${value}</b></span>`
  return [
    figure('success', percent(success), success < 0.999),
    figure('p99', formatDuration(latencyMs.p99), latencyMs.p99 > 2 * healthy.latencyMs.p99),
    figure('p99 before the first fault', formatDuration(healthy.latencyMs.p99), false),
    figure('extra load', percent(extraLoad), false)
  ].join('')
}

function successSection({ contenders }: Result): string {
  return `<h2>Calls answered</h2>
<p class="note">Share of the calls due in each second that were answered with success.</p>
<div class="panel"><div id="success"></div></div>
${armKey(contenders)}`
}

function armKey(contenders: Result['contenders']): string {
  const keys = contenders.map(
    ({ name }, arm) => `<span><i style="background: var(--arm-${arm % 4})"></i>${escape(name)}</span>`
  )
  return `<div class="key">${keys.join('')}</div>`
}

function shareSection({ faults }: Scenario, { contenders }: Result): string {
  const endpoints = Object.keys(contenders[0]?.share ?? {})
  const rows = endpoints.map(
    (name, row) => `<div class="endpoint"><span>${escape(name)}</span><div id="share-${row}"></div></div>`
  )
  const trouble = faults.length === 0 ? '' : " Shaded: that replica's own trouble."
  return `<h2>Where tries went</h2>
<p class="note">Share of each second's tries by replica; dotted: an equal share.${trouble}</p>
<div class="endpoints"><div class="panel">${rows.join('\n')}</div></div>
${armKey(contenders)}`
}

function tableSection(result: Result): string {
  const names = result.contenders.map(({ name }) => `<th>${escape(name)}</th>`).join('')
  const span = result.contenders.length + 1
  const group = (title: string, rows: readonly Row[]): string =>
    rows.length === 0 ? '' : `<tr><th colspan="${span}">${title}</th></tr>${rows.map(tableRow).join('')}`
  return `<h2>The figures</h2>
<div class="scroll"><table><thead><tr><th></th>${names}</tr></thead><tbody>
${resultRows(result).map(tableRow).join('')}
${group("out of the callers' way after", faultRows(result))}
${group('share of tries', shareRows(result))}
</tbody></table></div>`
}

function tableRow({ label, cells }: Row): string {
  const cell = (text: string): string => `<td${text === 'never' ? ' class="never"' : ''}>${escape(text)}</td>`
  return `<tr><td>${escape(label)}</td>${cells.map(cell).join('')}</tr>\n`
}

function assertSection({ contenders }: Result): string {
  const items = contenders.flatMap(({ name, asserts }) => asserts.map((each) => assertItem(name, each)))
  return items.length === 0 ? '' : `<h2>What had to hold</h2><ul class="asserts">${items.join('')}</ul>`
}

function assertItem(name: string, { text, ok, got }: ContenderResult['asserts'][number]): string {
  const words = `${escape(`${name}: ${text}`)} <span class="got">(${escape(got)})</span>`
  return `<li class="${ok ? 'held' : 'broken'}"><span class="mark">${ok ? '✓' : '✗'}</span><span>${words}</span></li>`
}

function methodSection({ machine, date }: Result): string {
  const list = definitions.map(([term, text]) => `<dt>${escape(term)}</dt><dd>${escape(text)}</dd>`).join('')
  return `<details><summary>How this was measured</summary><dl>${list}
<dt>machine</dt><dd>${escape(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${date.slice(0, 10)}`)}</dd></dl></details>`
}

const require = createRequire(import.meta.url)

function library(path: string): string {
  return readFileSync(require.resolve(path), 'utf8')
}

function asset(name: string): string {
  return readFileSync(new URL(`../../assets/${name}`, import.meta.url), 'utf8')
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
