import type { ToldServer } from '../knowledge.ts'
import { badge, stateBadge } from './badges.ts'
import { html, type Html } from './html.ts'
import { millisText, numberText } from './numbers.ts'

export function serverSection(servers: readonly ToldServer[]): Html | false {
  if (servers.length === 0) return false
  return html`<section><div class="head"><h2>Servers</h2></div><div class="scroll"><table>
<tr><th>name</th><th>state</th><th class="n">in flight</th><th class="n">waiting</th><th class="n">limit</th><th class="n">loop delay</th><th class="n">ended</th><th class="n">hung up</th><th class="n">refused</th></tr>
${servers.map(row)}
</table></div></section>`
}

function row({ name, state, inFlight, waiting, admission, requests }: ToldServer): Html {
  return html`<tr><td class="mono">${name}</td><td class="t">${stateBadge(state)} ${admission?.overloaded === true && badge('overloaded', 'bad')}</td><td class="n">${inFlight}</td><td class="n">${waiting}</td>
<td class="n">${numberText(admission?.limit)}</td><td class="n">${millisText(admission?.delay)}</td><td class="n">${count(requests?.['ended'])}</td><td class="n">${count(requests?.['hungUp'])}</td><td class="n">${refused(requests?.['refused'])}</td></tr>`
}

function count(value: unknown): string {
  return typeof value === 'number' ? numberText(value) : '–'
}

/** By policy, such as `12 admission`. */
function refused(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '–'
  const some = Object.entries(value).filter(([, refusals]) => typeof refusals === 'number' && refusals > 0)
  return some.length === 0 ? '0' : some.map(([policy, refusals]) => `${refusals} ${policy}`).join(', ')
}
