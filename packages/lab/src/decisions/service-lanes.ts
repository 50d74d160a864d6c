import { percent } from '../stats/verdicts.ts'
import type { Change, Count, CountType, Decisions } from './decisions.ts'
import type { Mark, ServiceLane, Span } from './lane.ts'
import { changeText, number } from './words.ts'

/** More lanes than these of one kind are told in the table alone. */
const MOST_LANES = 12

/** Lanes of what is decided about services as a whole, one service after the other: only those in which anything happened. */
export function serviceLanes({ changes, counts }: Pick<Decisions, 'changes' | 'counts'>): ServiceLane[] {
  const lanes = [
    ...countLanes(counts),
    ...NOTES.flatMap((each) => noteLanes(changes, each)),
    ...STATES.flatMap((each) => stateLanes(changes, each)),
    ...LEVELS.flatMap((each) => levelLanes(changes, each))
  ]
  return [...Map.groupBy(lanes, ({ service }) => service).values()].flat()
}

const COUNTED: Readonly<Record<CountType, string>> = {
  retried: 'retries',
  'backed-up': 'backups',
  rescued: 'rescues',
  refused: 'not sent',
  'mode-differed': 'mode held',
  'request-refused': 'shed',
  'request-overran': 'overran',
  'interceptor-failed': 'step threw',
  'lease-refused': 'no tokens',
  'lease-unanswered': 'unanswered'
}

/** Those that there are most of; the order is that of the table above. */
function countLanes(counts: readonly Count[]): ServiceLane[] {
  const order = Object.keys(COUNTED)
  const most = counts.toSorted((a, b) => total(b) - total(a)).slice(0, MOST_LANES)
  return most
    .toSorted((a, b) => order.indexOf(a.type) - order.indexOf(b.type))
    .map((count) => ({
      name: countName(count),
      service: count.service,
      spans: [],
      marks: [],
      bars: count.each,
      note: total(count).toLocaleString('en')
    }))
}

/** Of a call that is refused nothing is sent; of `retry`, `backup` and `rescue` it is only one try more. */
export function countName({ type, why }: Count): string {
  const [policy = '', reason] = why?.split(': ') ?? []
  if (type === 'refused' && reason !== undefined) return EXTRA.has(policy) ? `no ${policy}: ${reason}` : `refused: ${why}`
  // Most that is shed is by admission, for a reason that names itself; a deadline's may be its own name.
  if (type === 'request-refused') return `shed: ${policy === 'admission' ? reason : policy === reason ? policy : why}`
  return why === undefined ? COUNTED[type] : `${COUNTED[type]}: ${why}`
}

const EXTRA: ReadonlySet<string> = new Set(['retry', 'backup', 'rescue'])

export function total({ each }: Count): number {
  return each.reduce((sum, count) => sum + count, 0)
}

interface Noted {
  readonly name: string
  readonly types: readonly Change['type'][]
}

const NOTES: readonly Noted[] = [
  { name: 'budget empty', types: ['budget-empty'] },
  { name: 'policy changed', types: ['policy-changed'] },
  { name: 'endpoints', types: ['endpoints-changed', 'discovery-failed'] },
  { name: 'step left out', types: ['compiled-out'] },
  { name: 'processes', types: ['shares-changed'] }
]

function noteLanes(changes: readonly Change[], { name, types }: Noted): ServiceLane[] {
  return groups(changes, types, ({ service }) => service).map(({ service, own }) => ({
    name,
    service,
    spans: [],
    marks: own.map((change): Mark => ({ at: change.at, kind: 'note', text: changeText(change), by: change.by })),
    note: own.length === 1 ? 'once' : `${own.length} ×`
  }))
}

interface State {
  readonly name: string
  readonly types: readonly Change['type'][]
  /** How much it is in that state from this change on, 0 to 1. */
  readonly share: (change: Change) => number
  readonly label: (change: Change) => string
}

const STATES: readonly State[] = [
  { name: 'storm', types: ['storm'], share: ({ share }) => 1 - Number(share), label: ({ share }) => (share === 0 ? 'no backups' : percent(Number(share))) },
  { name: 'panic', types: ['panic'], share: ({ on }) => Number(on === true), label: ({ available, members }) => `${available} of ${members}` },
  { name: 'breaker', types: ['breaker'], share: ({ probability }) => Number(probability), label: ({ probability }) => percent(Number(probability)) },
  { name: 'overloaded', types: ['overloaded', 'recovered'], share: ({ type }) => Number(type === 'overloaded'), label: () => '' },
  { name: 'engine lost', types: ['engine-changed'], share: ({ state }) => Number(state === 'lost'), label: () => 'lost' },
  { name: 'draining', types: ['draining', 'drained'], share: ({ type }) => Number(type === 'draining'), label: () => '' }
]

function stateLanes(changes: readonly Change[], { name, types, share, label }: State): ServiceLane[] {
  const lanes = groups(changes, types, ({ service, by, limit }) => `${service} ${by} ${typeof limit === 'string' ? limit : ''}`)
  return lanes.map(({ service, by, own }) => ({
    name: named(name, { service, by }, lanes),
    service,
    // Breakers under a hundredth refuse nobody.
    spans: spansOf(own, (change) => (share(change) < 0.01 ? undefined : { kind: 'state', label: label(change), strength: share(change) })),
    marks: []
  }))
}

interface Level {
  readonly name: string
  readonly types: readonly Change['type'][]
  readonly level: (change: Change) => number
}

const LEVELS: readonly Level[] = [
  { name: 'concurrency', types: ['concurrency'], level: ({ limit }) => Number(limit) },
  { name: 'slots', types: ['slots-leased'], level: ({ slots }) => Number(slots) },
  { name: 'admits', types: ['admission', 'overloaded', 'recovered'], level: ({ limit }) => Number(limit) }
]

function levelLanes(changes: readonly Change[], { name, types, level }: Level): ServiceLane[] {
  const lanes = groups(changes, types, ({ service, by }) => `${service} ${by}`)
  return lanes.map(({ service, by, own }) => {
    const all = own.map(level)
    const most = Math.max(...all)
    const least = Math.min(...all)
    return {
      name: named(name, { service, by }, lanes),
      service,
      spans: spansOf(own, (change) => ({ kind: 'level', label: number(level(change)), strength: most === 0 ? 0 : level(change) / most })),
      marks: [],
      note: least === most ? number(most) : `${number(least)}–${number(most)}`
    }
  })
}

/** Each change lasts until the next. */
function spansOf(own: readonly Change[], as: (change: Change) => Pick<Span, 'kind' | 'label' | 'strength'> | undefined): Span[] {
  return own.flatMap((change, at) => {
    const span = as(change)
    return span === undefined ? [] : [{ ...span, from: change.at, to: own[at + 1]?.at ?? Infinity, text: changeText(change), by: change.by }]
  })
}

interface Group {
  readonly service: string
  readonly by: string
  readonly own: readonly Change[]
}

/** Changes of these types, apart by what they are about; of too many the first that told. */
function groups(changes: readonly Change[], types: readonly Change['type'][], key: (change: Change) => string): Group[] {
  const byKey = Map.groupBy(
    changes.filter(({ type }) => types.includes(type)),
    key
  )
  return [...byKey.values()].slice(0, MOST_LANES).flatMap((own) => (own[0] === undefined ? [] : [{ service: own[0].service, by: own[0].by, own }]))
}

/** Whose it is is said where several of a service have one. */
function named(name: string, { service, by }: Pick<Group, 'service' | 'by'>, lanes: readonly Group[]): string {
  return lanes.filter((lane) => lane.service === service).length > 1 ? `${name}, ${by}` : name
}
