import { json, sentence, type Answer } from './answer.ts'
import type { Knowledge } from './knowledge.ts'
import type { Asked } from './mount.ts'
import { renderPage } from './page/page.ts'

const MOST_EVENTS = 10_000
const EVENTS = 200
const FILTERS: ReadonlySet<string> = new Set(['service', 'type', 'limit'])

/** What is told under which path. */
export function answerTo({ path, query, base }: Asked, knowledge: Knowledge): Answer {
  if (path === '/') return renderPage(knowledge, base, query.get('refresh'))
  if (path === '/inspect' || path === '/inspect/') return json({ now: knowledge.clock.now(), ...knowledge.snapshot(), servers: knowledge.servers() })
  if (path.startsWith('/inspect/')) return inspected(path.slice('/inspect/'.length), knowledge)
  if (path === '/events') return events(query, knowledge)
  if (path === '/dump') return json(knowledge.dump())
  return sentence(404, `There is nothing here. There are ${base}/, ${base}/inspect, ${base}/inspect/<service>, ${base}/events and ${base}/dump.`)
}

function inspected(part: string, knowledge: Knowledge): Answer {
  const { services } = knowledge.snapshot()
  const name = decoded(part)
  if (name !== undefined && Object.hasOwn(services, name)) return json({ now: knowledge.clock.now(), ...services[name] })
  return sentence(404, `There is no service of that name. There are ${Object.keys(services).join(', ') || 'none'}.`)
}

function events(query: URLSearchParams, knowledge: Knowledge): Answer {
  const unknown = [...query.keys()].filter((name) => !FILTERS.has(name))
  if (unknown.length > 0) return sentence(400, 'Events are filtered by service, type and limit, and by nothing else.')
  const limit = query.get('limit')
  const most = limit === null ? EVENTS : /^\d{1,5}$/.test(limit) ? Number(limit) : 0
  if (most < 1 || most > MOST_EVENTS) return sentence(400, 'limit is a whole number from 1 to 10,000.')
  const wanted = { service: query.get('service') ?? undefined, type: query.get('type') ?? undefined, most }
  return json({ now: knowledge.clock.now(), recordingSince: knowledge.since.toISOString(), counts: knowledge.counts(), events: knowledge.events(wanted) })
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
