import type { ScenarioInput } from '../scenario/scenario.ts'
import { contenders } from './contenders.ts'
import { COLD, troubles } from './trouble.ts'
import type { Trouble } from './trouble.ts'

/** One square of the grid: what goes wrong, and with what fleet under what load. */
export interface Cell {
  /** Name of the trouble. */
  readonly trouble: string
  /** Share of the healthy fleet's capacity, 0 to 1. */
  readonly load: number
  readonly endpoints: number
  /** Processes; the rate is the same, however many they are. */
  readonly clients: number
  readonly slots: number
  /** `call`: a call is as much work everywhere. `replica`: drawn for each replica anew. */
  readonly drawnBy: 'call' | 'replica'
}

/** How much of it is run. */
export interface Size {
  readonly seeds: number
  /** Calls due while it goes wrong, at least. */
  readonly calls: number
  /** Without the peers that another one of the table contains. */
  readonly few?: boolean
}

/** Service times: 48 ms in the mean. */
const MEDIAN = 40
const P99 = 160
const Z99 = 2.3263
export const MEAN_WORK: number = MEDIAN * Math.exp((Math.log(P99 / MEDIAN) / Z99) ** 2 / 2)

/** The whole time of a call, the same for every contender; and what a call that failed is counted as. */
export const TIMEOUT = 2_000
/** However large the fleet, the trouble lasts so long: what adapts needs time, and calls alone are none. */
const SHORTEST = 10_000
const SHORTEST_WARM_UP = 5_000
/** First tries that a client must have seen before it has a backup delay (10 ÷ 2 %), and some. */
const WARM_CALLS = 600
/** A client that is slower than that is not waited for: a minute's warm-up would still leave it cold. */
const WARM_RATE = 4

export function troubleOf({ trouble }: Pick<Cell, 'trouble'>): Trouble {
  const found = troubles.find(({ name }) => name === trouble)
  if (found === undefined) throw new Error(`no trouble ${trouble}`)
  return found
}

/** Load as a share of what is left of the fleet at its worst: from 1 on queues grow for as long as it lasts. `calls`: while it does. */
export function loadOnRest(cell: Cell, calls: number): number {
  return cell.load / troubleOf(cell).left(cell.endpoints, (calls / rateOf(cell)) * 1_000)
}

export function cellName({ trouble, load, endpoints, clients, slots, drawnBy }: Cell): string {
  const more = [...(slots === 4 ? [] : [`${slots}-slots`]), ...(drawnBy === 'call' ? [] : ['drawn-by-replica'])]
  return [trouble, `${Math.round(load * 100)}`, `n${endpoints}`, `c${clients}`, ...more].join('-')
}

/** Calls a second. */
export function rateOf({ load, endpoints, slots }: Cell): number {
  return Math.round((load * endpoints * slots * 1_000) / MEAN_WORK)
}

/** The cell as a scenario file. */
export function scenarioOf(cell: Cell, { seeds, calls, few = false }: Size, reports = false): ScenarioInput {
  const { endpoints, clients, slots, drawnBy } = cell
  const { title, faults } = troubleOf(cell)
  const rate = rateOf(cell)
  const length = Math.max(SHORTEST, Math.ceil(calls / rate) * 1_000)
  return {
    version: 1,
    name: cellName(cell),
    title: `${title}: ${endpoints} endpoints at ${Math.round(cell.load * 100)} %, ${clients === 1 ? 'one client' : `${clients} clients`}`,
    seeds: Array.from({ length: seeds }, (_, at) => at + 1),
    services: {
      catalog: {
        replicas: endpoints,
        slots,
        serviceTime: { kind: 'lognormal', median: MEDIAN, p99: P99 },
        drawnBy,
        cancelled: 'leaves-queue',
        coldStart: COLD,
        ...(reports && { reports })
      }
    },
    clients: { processes: clients },
    load: {
      arrivals: 'poisson',
      rate,
      warmUp: warmUp(rate, clients),
      duration: length,
      classes: [{ method: 'GET', path: '/items/:id' }]
    },
    contenders: contenders
      .filter(({ contained }) => !few || contained === undefined)
      .map(({ peer, options }) => (peer === 'inmesh' ? { peer, policy: options } : { peer, options })),
    faults: faults(endpoints, length)
  }
}

function warmUp(rate: number, clients: number): number {
  const own = rate / clients
  return own < WARM_RATE ? SHORTEST_WARM_UP : Math.max(SHORTEST_WARM_UP, Math.ceil(WARM_CALLS / own) * 1_000)
}
