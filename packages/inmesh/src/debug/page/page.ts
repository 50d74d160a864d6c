import type { Answer } from '../answer.ts'
import type { Knowledge } from '../knowledge.ts'
import { eventSection } from './event-section.ts'
import { Html, html } from './html.ts'
import { lengthText, millisText, numberText } from './numbers.ts'
import { serverSection } from './server-section.ts'
import { modeBadge, serviceSection } from './service-section.ts'
import { STYLE } from './style.ts'

const MOST_SERVICES = 100
const MOST_DECISIONS = 60
const MOST_CALLS = 30
const EVERY = 5

/** How all of it is, for people. Needs no script, and nothing from elsewhere. */
export function renderPage(knowledge: Knowledge, base: string, refresh: string | null): Answer {
  const { mode, services } = knowledge.snapshot()
  const all = Object.values(services)
  const now = knowledge.clock.now()
  const every = refreshOf(refresh)
  const name = knowledge.name ?? 'this process'
  const body = html`<header><h1>${name}</h1> ${modeBadge(mode)} <span class="soft">${new Date().toISOString().replace('T', ' ').slice(0, 19)} UTC</span>
<nav><a href="${base}/inspect">inspect</a><a href="${base}/events">events</a><a href="${base}/dump">dump</a>${every === undefined ? html`<a href="${base}/?refresh=${EVERY}">refresh every ${EVERY} s</a>` : html`<a href="${base}/">stop refreshing</a>`}</nav></header>
${tiles(knowledge, all.map(({ endpoints }) => endpoints))}
${all.length === 0 && html`<section><p class="empty">No service is configured.</p></section>`}
${all.slice(0, MOST_SERVICES).map((service) => serviceSection(service, base, now))}
${all.length > MOST_SERVICES && html`<section><p class="empty">And ${all.length - MOST_SERVICES} more services: see inspect.</p></section>`}
${serverSection(knowledge.servers())}
${eventSection('Decisions', knowledge.events({ changes: true, most: MOST_DECISIONS }), `${base}/events`, 'Nothing has changed since this endpoint was made.')}
${eventSection('Calls, a sample', knowledge.events({ changes: false, most: MOST_CALLS }), `${base}/events?limit=1000`, 'No call has been made since this endpoint was made.')}
<footer>Recording since ${knowledge.since.toISOString()}. No secrets are shown; names and addresses are. Times are UTC.</footer>`
  return { status: 200, type: 'text/html; charset=utf-8', body: whole(`${name} · inmesh`, body, every).text }
}

function tiles(knowledge: Knowledge, endpoints: readonly (readonly { readonly available: boolean }[])[]): Html {
  const { memoryMegabytes, eventLoopDelayMs, uptimeSeconds } = knowledge.process()
  const known = endpoints.flat()
  const told: (readonly [string, string])[] = [
    [numberText(endpoints.length), endpoints.length === 1 ? 'service' : 'services'],
    [`${known.filter(({ available }) => available).length} of ${known.length}`, 'endpoints available'],
    [millisText(eventLoopDelayMs.p99), 'event loop delay, p99'],
    [`${memoryMegabytes.rss} MB`, 'memory'],
    [lengthText(uptimeSeconds * 1000), 'process is up'],
  ]
  return html`<div class="tiles">${told.map(([value, what]) => html`<div class="tile"><b>${value}</b><span>${what}</span></div>`)}</div>`
}

function whole(title: string, body: Html, every: number | undefined): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${every !== undefined && html`<meta http-equiv="refresh" content="${every}">`}
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
}

/** In seconds; undefined for what is none. */
function refreshOf(refresh: string | null): number | undefined {
  const seconds = refresh !== null && /^\d{1,4}$/.test(refresh) ? Number(refresh) : 0
  return seconds >= 1 && seconds <= 3600 ? seconds : undefined
}
