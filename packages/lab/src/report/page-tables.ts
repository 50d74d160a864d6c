import { percent } from '../stats/verdicts.ts'
import { formatDuration } from '../scenario/duration.ts'
import { comparisonOf, isUnverified } from './comparison.ts'
import type { Comparison } from './comparison.ts'
import { definitionsOf } from './definitions.ts'
import { escape } from './html.ts'
import type { ContenderResult, Result } from './result.ts'
import { faultRows, resultRows, shareRows } from './rows.ts'
import type { Row } from './rows.ts'
import { paints } from './paint.ts'

/** More replicas than this are seen better as a picture. */
const MAX_SHARES = 20

export function tableSection(result: Result): string {
  const names = result.contenders.map(({ name }) => `<th>${escape(name)}</th>`).join('')
  const span = result.contenders.length + 1
  const group = (title: string, rows: readonly Row[]): string =>
    rows.length === 0 ? '' : `<tr><th colspan="${span}">${title}</th></tr>${rows.map(tableRow).join('')}`
  const shares = shareRows(result)
  return `<h2>The figures</h2>
<div class="scroll"><table><thead><tr><th></th>${names}</tr></thead><tbody>
${resultRows(result).map(tableRow).join('')}
${group("out of the callers' way after", faultRows(result))}
${shares.length > MAX_SHARES ? '' : group('share of tries', shares)}
</tbody></table></div>`
}

function tableRow({ label, cells }: Row): string {
  return `<tr><td>${escape(label)}</td>${cells.map(cell).join('')}</tr>\n`
}

function cell(text: string): string {
  return `<td${text === 'never' ? ' class="never"' : ''}>${escape(text)}</td>`
}

export function comparisonSection(result: Result): string {
  const comparison = comparisonOf(result)
  const paint = paints(result.contenders.map(({ peer }) => peer))
  const notes = comparison.notes.map((each) => `<p class="note">${escape(each)}</p>`).join('')
  return `<h2>The figures</h2>${comparisonTable(comparison, paint)}${notes}`
}

/** A line per contender, each with its colour. */
export function comparisonTable({ columns, lines }: Comparison, paint: readonly string[]): string {
  const heads = columns.map((each) => `<th>${escape(each)}</th>`).join('')
  const rows = lines.map(({ name, cells }, at) => {
    const swatch = paint[at] === undefined ? '' : `<i style="background: var(${paint[at]})"></i>`
    return `<tr><td>${swatch}${escape(name)}</td>${cells.map(cell).join('')}</tr>\n`
  })
  return `<div class="scroll"><table class="wide"><thead><tr><th></th>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

/** How long each fault was felt, a line per contender. */
export function feltSection(result: Result): string {
  const faults = faultRows(result)
  if (faults.length === 0) return ''
  const lines = result.contenders.map(({ name }, at) => ({ name, cells: faults.map(({ cells }) => cells[at] ?? '') }))
  const columns = faults.map(({ label }) => label)
  const paint = paints(result.contenders.map(({ peer }) => peer))
  return `<h2>Out of the callers' way after</h2>${comparisonTable({ columns, lines, notes: [] }, paint)}`
}

export function operationSection({ contenders }: Result): string {
  const names = contenders[0]?.operations.map(({ operation }) => operation) ?? []
  if (names.length === 0) return ''
  const rows = contenders.flatMap(({ name, operations }) =>
    operations.map(({ operation, calls, success, latencyMs }) => ({
      name: `${name}: ${operation}`,
      cells: [
        calls.toLocaleString('en'),
        percent(success, 3),
        ...[latencyMs.p50, latencyMs.p99, latencyMs.p999].map(formatDuration)
      ]
    }))
  )
  const columns = ['calls', 'success', 'p50', 'p99', 'p99.9']
  return `<h2>By operation</h2>${comparisonTable({ columns, lines: rows, notes: [] }, [])}`
}

export function assertSection({ contenders }: Result): string {
  const items = contenders.flatMap(({ name, asserts }) => asserts.map((each) => assertItem(name, each)))
  return items.length === 0 ? '' : `<h2>What had to hold</h2><ul class="asserts">${items.join('')}</ul>`
}

function assertItem(name: string, { text, ok, got }: ContenderResult['asserts'][number]): string {
  const words = `${escape(`${name}: ${text}`)} <span class="got">(${escape(got)})</span>`
  return `<li class="${ok ? 'held' : 'broken'}"><span class="mark">${ok ? '✓' : '✗'}</span><span>${words}</span></li>`
}

/** Where each peer is described, in what it differs, and whether it has reproduced anything. */
export function peerSection({ peers }: Pick<Result, 'peers'>): string {
  const items = Object.entries(peers).map(([name, { source, differs, verified }]) => {
    const proof = isUnverified(peers, name)
      ? 'unverified: no published figure reproduced within 10 %'
      : `verified: ${verified}`
    return `<dt>${escape(name)}</dt><dd>${escape(source)}. ${escape(proof)}. Differs: ${escape(differs.join('; '))}.</dd>`
  })
  return items.length === 0 ? '' : `<details><summary>The peers</summary><dl>${items.join('')}</dl></details>`
}

export function methodSection({ machine, date, world }: Result): string {
  const list = definitionsOf(world)
    .map(([term, text]) => `<dt>${escape(term)}</dt><dd>${escape(text)}</dd>`)
    .join('')
  return `<details><summary>How this was measured</summary><dl>${list}
<dt>machine</dt><dd>${escape(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${date.slice(0, 10)}`)}</dd></dl></details>`
}
