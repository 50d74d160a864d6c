import type { EndpointSnapshot, Instant } from '@inmesh/policy'
import type { ServiceSnapshot } from '../../inspect.ts'
import { badge, stateBadge } from './badges.ts'
import { html, type Html } from './html.ts'
import { lengthText, millisText, numberText, percentText } from './numbers.ts'

/** The page is for people; `/inspect` has all of them. */
const MOST_ROWS = 100

export function serviceSection(service: ServiceSnapshot, base: string, now: Instant): Html {
  const { endpoints, notes, operations, chain, policy } = service
  const available = endpoints.filter((endpoint) => endpoint.available).length
  return html`<section>
<div class="head"><h2>${service.service}</h2> ${modeBadge(service.mode)} <span class="soft">${available} of ${endpoints.length} endpoints available · ${service.balance.by}</span> ${service.balance.panic && badge('panic', 'bad')}
<a href="${base}/inspect/${encodeURIComponent(service.service)}">JSON</a></div>
${notes.map((note) => html`<p class="note">${note}</p>`)}
${endpointTable(endpoints, now)}
${facts(service)}
${operationTable(operations)}
<details><summary>Chain and policy</summary>
<div class="chain">${chain.map(({ name, why }) => html`<span class="badge" title="${why}">${name}</span>`)}</div>
<pre>${JSON.stringify(policy, undefined, 2)}</pre></details>
</section>`
}

export function modeBadge(mode: unknown): Html {
  const text = typeof mode === 'string' ? mode : JSON.stringify(mode)
  return badge(`mode ${text}`, text === 'on' ? 'plain' : 'warn')
}

function endpointTable(endpoints: readonly EndpointSnapshot[], now: Instant): Html {
  if (endpoints.length === 0) return html`<p class="empty">No endpoint is known.</p>`
  // What is out of order first: that is what one looks for.
  const sorted = endpoints.toSorted((a, b) => Number(a.state === 'in') - Number(b.state === 'in'))
  return html`<h3>Endpoints</h3><div class="scroll"><table>
<tr><th>address</th><th>state</th><th>why</th><th class="n">weight</th><th class="n">in flight</th><th class="n">p50</th><th class="n">p99</th><th class="n">slow</th><th class="n">severity</th><th class="n">failed</th><th class="n">ejections</th></tr>
${sorted.slice(0, MOST_ROWS).map((endpoint) => endpointRow(endpoint, now))}
</table></div>${more(endpoints.length)}`
}

function endpointRow(endpoint: EndpointSnapshot, now: Instant): Html {
  const { key, state, weight, zone, priority, inFlight, p50, p99, slow, severity, tries, failures, ejections, share } = endpoint
  return html`<tr><td class="mono t">${key}${zone !== undefined && html` <span class="soft">${zone}</span>`}${priority > 0 && html` <span class="soft">priority ${priority}</span>`}</td>
<td class="t">${stateBadge(state)}</td><td class="soft">${whyText(endpoint, now)}</td>
<td class="n">${numberText(weight)}${share < 1 && html` <span class="soft">× ${percentText(share)}</span>`}</td><td class="n">${inFlight}</td><td class="n">${millisText(p50)}</td><td class="n">${millisText(p99)}</td>
<td class="n">${numberText(slow)} ×</td><td class="n">${numberText(severity)}</td><td class="n">${failures === undefined ? '0' : `${failures} of ${tries ?? 0}`}</td><td class="n">${ejections}</td></tr>`
}

/** Why it is out, since when and for how long. */
function whyText({ why, since, until, consecutiveFailures }: EndpointSnapshot, now: Instant): string {
  const parts = [
    why,
    consecutiveFailures > 0 ? `${consecutiveFailures} failed in a row` : undefined,
    since === undefined ? undefined : `for ${lengthText(now - since)}`,
    until === undefined || until <= now ? undefined : `${lengthText(until - now)} to go`,
  ]
  return parts.filter((part) => part !== undefined).join(', ')
}

function facts({ attempts, breaker, limit, concurrency, origins }: ServiceSnapshot): Html {
  const { budget, backupBudget, storm } = attempts
  const told: (readonly [string, string])[] = [
    ['retry budget', `${numberText(budget)} tries`],
    ['backup budget', `${numberText(backupBudget)} tries`],
    ['backups that may go out', percentText(storm.share)],
  ]
  if (breaker !== undefined) told.push(['breaker refuses', `${percentText(breaker.probability)} (${breaker.accepts} of ${breaker.requests} accepted)`])
  if (limit !== undefined) told.push(['rate limit', `${numberText(limit.rate)} per ${lengthText(limit.per)}, ${limit.scope}${limit.shared === undefined ? '' : `, engine ${limit.shared.state}`}`], ['let through by it', numberText(limit.admitted)])
  if (concurrency !== undefined) told.push(['concurrency', `${concurrency.inFlight} of ${numberText(concurrency.limit)}, ${concurrency.waiting} waiting, ${concurrency.scope}`])
  if (origins.length > 0) told.push(['origins', origins.slice(0, 5).join(', ')])
  return html`<dl>${told.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

function operationTable(operations: ServiceSnapshot['operations']): Html | false {
  const known = operations.filter(({ samples }) => samples > 0)
  if (known.length === 0) return false
  return html`<details><summary>Operations (${known.length})</summary><div class="scroll"><table>
<tr><th>operation</th><th class="n">p50</th><th class="n">p90</th><th class="n">p99</th><th class="n">samples</th></tr>
${known.slice(0, MOST_ROWS).map(({ name, p50, p90, p99, samples }) => html`<tr><td class="mono">${name === '' ? 'all' : name}</td><td class="n">${millisText(p50)}</td><td class="n">${millisText(p90)}</td><td class="n">${millisText(p99)}</td><td class="n">${samples}</td></tr>`)}
</table></div>${more(known.length)}</details>`
}

function more(count: number): Html | false {
  return count > MOST_ROWS && html`<p class="empty">And ${count - MOST_ROWS} more: see JSON.</p>`
}
