import { LOG_LEVELS, parseDuration, type InmeshErrorCode, type MeshEvent } from '@inmesh/pipeline'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pages, root } from './blocks.ts'
import { optionsOf, realDefaults } from './options.ts'

const text = (path: string): string => readFileSync(join(root, path), 'utf8')
const policyPages = readdirSync(join(root, 'docs', 'policies')).filter((name) => name.endsWith('.md')).sort()

describe('links', () => {
  it.each([...pages(), 'examples/README.md', 'CONTRIBUTING.md'])('of %s lead somewhere', (path) => {
    expect(linksOf(text(path)).filter((link) => !leadsSomewhere(path, link))).toEqual([])
  })

  it('are missed when they lead nowhere', () => {
    expect(leadsSomewhere('README.md', 'docs/no-such-page.md')).toBe(false)
    expect(leadsSomewhere('README.md', 'docs/policies/retry.md#no-such-heading')).toBe(false)
    expect(leadsSomewhere('README.md', 'docs/policies/retry.md#anti-patterns')).toBe(true)
  })
})

const headings = [
  'What it does', 'When to use it', 'Usage', 'Options and defaults', 'Outcomes', 'Events', 'Timeline: all well, and not well',
  'How it nests with others', 'What it does not do', 'Anti-patterns', 'Source',
]

describe.each(policyPages)('docs/policies/%s', (name) => {
  const page = text(`docs/policies/${name}`)

  it('has the headings that every policy has, in their order', () => {
    expect(headingsOf(page, 2)).toEqual(headings)
  })
})

describe('the tables of options', () => {
  it.each(Object.keys(optionsOf()))('name every option of %s, and no other, with the default that its schema tells', (policy) => {
    const documented = rowsOf(section(text(`docs/policies/${policy}.md`), 'Options and defaults'))
    const known = optionsOf()[policy] ?? new Map<string, string | undefined>()
    expect([...documented.keys()].filter((option) => !known.has(option))).toEqual([])
    expect([...known.keys()].filter((option) => !documented.has(option))).toEqual([])
    const differing = [...known].filter(([option, told]) => told !== undefined && plain(documented.get(option) ?? '') !== plain(told))
    expect(differing.map(([option, told]) => `${option}: the page says ${documented.get(option)}, the schema ${told}`)).toEqual([])
  })

  it.each(Object.entries(realDefaults()))('tell the defaults of %s that are really in force', (policy, defaults) => {
    const documented = rowsOf(section(text(`docs/policies/${policy}.md`), 'Options and defaults'))
    const told = Object.keys(defaults).map((option) => [option, valueOf(plain(documented.get(option) ?? ''))])
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(Object.entries(defaults).map(([option, value]) => [option, valueOf(plain(String(value)))])))
  })

  it('of the configuration page name every option of every policy', () => {
    const page = text('docs/guide/configuration.md')
    const missing = Object.entries(optionsOf()).flatMap(([policy, options]) =>
      [...options.keys()].filter((option) => !page.includes(`\`${option.split('.').at(-1)}\``)).map((option) => `${policy}.${option}`))
    expect(missing).toEqual([])
  })
})

describe('what is told', () => {
  // The compiler holds these lists complete.
  const events: Record<MeshEvent['type'], true> = {
    picked: true, tried: true, ended: true, retried: true, 'backed-up': true, rescued: true, refused: true, 'budget-empty': true, storm: true, breaker: true, concurrency: true, 'slots-leased': true,
    'mode-differed': true, ejected: true, probe: true, returned: true, 'ejection-suppressed': true, 'kept-off': true, 'severity-changed': true,
    panic: true, 'health-checked': true, unreachable: true, reachable: true, 'endpoints-changed': true, 'discovery-failed': true, 'discovery-noted': true,
    'passed-through': true, 'policy-changed': true, 'interceptor-failed': true, 'compiled-out': true,
    'request-began': true, 'request-ended': true, 'request-refused': true, 'request-overran': true, 'request-hung-up': true, draining: true, drained: true,
    admission: true, overloaded: true, recovered: true,
    'engine-changed': true, 'shares-changed': true, 'lease-asked': true, 'lease-granted': true, 'lease-refused': true, 'lease-unanswered': true,
  }
  const errors: Record<InmeshErrorCode, true> = {
    INMESH_DEADLINE_EXCEEDED: true, INMESH_RATE_LIMITED: true, INMESH_DROPPED: true, INMESH_THROTTLED: true, INMESH_CONCURRENCY_LIMITED: true, INMESH_NO_ENDPOINT: true, INMESH_CALL_FAILED: true,
    INMESH_CALLER_GONE: true, INMESH_CLOSED: true, INMESH_ENGINE_LOST: true, INMESH_CONFIG: true,
  }

  it('by events stands on their page, each with its type', () => {
    const rows = text('docs/guide/events.md').split('\n').filter((line) => line.startsWith('| `')).map((line) => line.split('|')[1] ?? '')
    const documented = rows.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map((found) => found[1] ?? ''))
    expect(documented.sort()).toEqual(Object.keys(events).sort())
  })

  it('by logs stands on their page, as loud as it is', () => {
    const rows = section(text('docs/guide/logs.md'), 'Lines').split('\n').flatMap((line) => {
      const [, event, level] = /^\| `([a-z-]+)` \| (\w+)/.exec(line) ?? []
      return event === undefined ? [] : [[event, level] as const]
    })
    expect(Object.fromEntries(rows)).toEqual(LOG_LEVELS)
  })

  it('by errors stands on their page, each with its code', () => {
    const page = text('docs/guide/errors.md')
    const documented = page.split('\n').flatMap((line) => /^\| `(INMESH_[A-Z_]+)`/.exec(line)?.[1] ?? [])
    expect(documented.sort()).toEqual(Object.keys(errors).sort())
  })
})

describe('the alerts', () => {
  it.each(['rules.yml', 'rules-otlp.yml'])('of %s each have their place on the page that they point to, and no other has', (file) => {
    const alerts = [...text(`packages/otel/prometheus/${file}`).matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name)
    const page = text('docs/guide/prometheus.md')
    expect(headingsOf(page, 3)).toEqual(alerts)
    const pointed = [...text(`packages/otel/prometheus/${file}`).matchAll(/^ +doc: (\S+)$/gm)].map(([, link = '']) => link)
    expect(pointed).toHaveLength(alerts.length)
    expect(pointed.filter((link) => !leadsSomewhere('README.md', link))).toEqual([])
  })
})

describe('the records of decisions', () => {
  it('are all listed, under their own titles', () => {
    const list = text('docs/decisions/README.md')
    const records = readdirSync(join(root, 'docs', 'decisions')).filter((name) => /^\d{4}-/.test(name)).sort()
    const expected = records.map((name) => `| [${name.slice(0, 4)}](${name}) | ${text(`docs/decisions/${name}`).split('\n')[0]?.slice('# 0000 '.length)} |`)
    expect(list.split('\n').filter((line) => line.startsWith('| ['))).toEqual(expected)
  })
})

function linksOf(page: string): string[] {
  const prose = page.replaceAll(/^```[^]*?^```$/gm, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((found) => found[1] ?? '').filter((link) => !/^[a-z]+:/.test(link))
}

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const file = path === '' ? join(root, from) : resolve(root, dirname(from), path)
  if (!existsSync(file)) return false
  return anchor === undefined || !file.endsWith('.md') || anchorsOf(readFileSync(file, 'utf8')).includes(anchor)
}

/** As GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map((found) => (found[1] ?? '').toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'))
}

function headingsOf(page: string, level: number): string[] {
  return [...page.matchAll(/^(#+) (.*)$/gm)].filter((found) => found[1]?.length === level).map((found) => found[2] ?? '')
}

function section(page: string, heading: string): string {
  return page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
}

/** Options by name, with what their default is said to be. */
function rowsOf(table: string): ReadonlyMap<string, string> {
  const rows = table.split('\n').filter((line) => line.startsWith('| `')).map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  return new Map(rows.map((cells) => [(cells[1] ?? '').replaceAll('`', ''), cells.at(-3) ?? '']))
}

/** `'10s'`, `10 s` and 10,000 in whatever marks and spaces. */
function plain(value: string): string {
  return value.replaceAll(/[`'"\s,]/g, '').replace(/(\d)min$/, '$1m').toLowerCase()
}

/** Numbers and durations as numbers, in milliseconds; everything else as it is. */
function valueOf(told: string): number | string {
  const number = Number(told)
  return Number.isNaN(number) ? (parseDuration(told) ?? told) : number
}
