import type { ToldEvent } from '../knowledge.ts'
import { eventBadge } from './badges.ts'
import { html, type Html } from './html.ts'
import { numberText } from './numbers.ts'

const LONGEST = 240
const LONGEST_VALUE = 100

/** A list of what was decided. `what` stands above it. */
export function eventSection(what: string, events: readonly ToldEvent[], link: string, none: string): Html {
  return html`<section><div class="head"><h2>${what}</h2><a href="${link}">JSON</a></div>
${events.length === 0 ? html`<p class="empty">${none}</p>` : html`<div class="scroll"><table>${events.map(row)}</table></div>`}
</section>`
}

function row(event: ToldEvent): Html {
  const { time, type, says } = event
  return html`<tr><td class="mono t soft" title="${time}">${time.slice(11, 23)}</td><td class="t">${eventBadge(type)}</td><td class="w">${says ?? fieldsText(event)}</td></tr>`
}

/** Of what there is no sentence for: its fields, as they are called. */
function fieldsText({ time: _time, type: _type, at: _at, says: _says, service, wire: _wire, ...fields }: ToldEvent): string {
  const text = Object.entries(fields).filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${valueText(value)}`).join(' · ')
  const whole = service === '' ? text : `${service}: ${text}`
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole
}

function valueText(value: unknown): string {
  if (typeof value === 'number') return numberText(value)
  if (typeof value !== 'object' || value === null) return cut(String(value))
  const { kind, code, status, why, cause } = value as Readonly<Record<string, unknown>>
  if (kind === undefined) return cut(JSON.stringify(value))
  const outcome = [kind, status ?? code ?? why].filter((part) => part !== undefined).join(' ')
  const message: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'message') : cause
  return typeof message === 'string' && message !== '' ? `${outcome} (${cut(message)})` : outcome
}

/** A long name must not hide what is behind it. */
function cut(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}
