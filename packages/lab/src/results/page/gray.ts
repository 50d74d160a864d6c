import { loadOnRest, troubleOf } from '../../gray/cell.ts'
import { BASELINE, contenders, ORACLE, OWN } from '../../gray/contenders.ts'
import { standingOf } from '../../gray/result.ts'
import type { CellResult, GrayResult, Standing } from '../../gray/result.ts'
import { mean } from '../../stats/interval.ts'
import { sayShareOfWay, shareOfWay } from '../../stats/share-of-way.ts'
import { bold, ms, share, table, times } from './markdown.ts'
import { whyOf, whys } from './why.ts'

const TARGET_LOAD = 0.7
const many = (clients: number): string => (clients === 1 ? 'one client' : `${clients} clients`)
const isPlain = ({ slots, drawnBy }: CellResult): boolean => slots === 4 && drawnBy === 'call'

/** The gray failures: what is asked for, what is reached of it, and every figure. */
export function grayPage({ cells }: GrayResult): string {
  const target = cells.filter((cell) => isPlain(cell) && cell.load === TARGET_LOAD)
  return [
    '## What is asked for, and what is reached',
    'Asked for at 70 % load with 4 slots or more: a p99 ahead of every peer and within 1.25 times the oracle\'s, at 3 % more load at most.',
    reached(target),
    missed(target),
    '### Over all troubles',
    'How many times the oracle\'s p99, over the troubles of a fleet of which enough is left: the geometric mean, and the worst of them. Who is good at one trouble is not what a fleet has need of, since nobody chooses the trouble.',
    overall(target),
    '## Gray failures at 70 % load',
    'p99 in ms over all calls due while it goes wrong. The smallest but the oracle\'s is bold. *Way*: how far from round robin (0 %) to the oracle (100 %).',
    ...groups(target, ({ clients, endpoints }) => `${endpoints} endpoints, ${many(clients)}`).map(([title, own]) => `### ${title}\n\n${whole(own)}`),
    '## Other fleets',
    'Ten endpoints, one client, 70 % load: with sixteen slots, and with work that is drawn for each replica anew. Of the latter the oracle takes the least of ten draws for each call, which no client can know; the ratio to it says little there.',
    ...groups(cells.filter((cell) => !isPlain(cell)), ({ slots }) => (slots === 4 ? 'Work drawn for each replica' : `${slots} slots`)).map(([title, own]) => `### ${title}\n\n${whole(own)}`),
    '## At 30 % and at 90 %',
    'One seed, at least 8,000 calls; without random, weighted round robin and gRPC\'s retries. At 90 % most troubles leave less than the load needs (marked !): then everybody\'s queues grow, and what is compared is who fails whom.',
    ...groups(cells.filter((cell) => isPlain(cell) && cell.load !== TARGET_LOAD), ({ load, clients }) => `${Math.round(load * 100)} %, ${many(clients)}`).map(([title, own]) => `### ${title}\n\n${short(own)}`)
  ].join('\n\n')
}

function groups(cells: readonly CellResult[], key: (cell: CellResult) => string): [string, CellResult[]][] {
  return [...Map.groupBy(cells, key)]
}

interface Stood {
  readonly cell: CellResult
  readonly standing: Standing
}

function standings(cells: readonly CellResult[]): Stood[] {
  return cells.flatMap((cell) => {
    const standing = standingOf(cell)
    return standing === undefined ? [] : [{ cell, standing }]
  })
}

/** By number of clients: how many cells of those that can be. */
function reached(cells: readonly CellResult[]): string {
  const rows = groups(cells, ({ clients }) => many(clients)).map(([title, own]) => {
    const all = standings(own)
    const possible = all.filter(({ standing }) => !standing.impossible)
    const count = (holds: (standing: Standing) => boolean): string =>
      `${possible.filter(({ standing }) => holds(standing)).length} of ${possible.length}`
    return [
      title,
      count(({ nearOracle }) => nearOracle),
      count(({ behind }) => behind.length === 0),
      count(({ timesBest }) => timesBest <= 1),
      count(({ cheap }) => cheap),
      String(all.length - possible.length)
    ]
  })
  return table(['cells', 'within 1.25 × of the oracle', 'no peer ahead beyond noise', 'ahead of every peer', 'at most 3 % more load', 'left out: too little is left'], rows)
}

function missed(cells: readonly CellResult[]): string {
  const those = standings(cells)
    .filter(({ standing: { impossible, behind, nearOracle, cheap } }) => !impossible && (behind.length > 0 || !nearOracle || !cheap))
  const rows = those.map(({ cell, standing: { timesOracle, nearOracle, behind, own, cheap, best } }) => [
      `${troubleOf(cell).title}, n = ${cell.endpoints}, ${many(cell.clients)}`,
      bold(times(timesOracle), !nearOracle),
      behind.length === 0 ? '' : `${behind.join(', ')} (best: ${ms(best.figures.p99)} against ${ms(own.p99)})`,
      bold(share(own.extraLoad), !cheap),
      whyOf(cell)
    ])
  return rows.length === 0
    ? 'Nothing is missed.'
    : `Not reached in these cells (bold: beyond 1.25 ×, or 3 %), with reasons that are told below:\n\n${table(['trouble', '÷ oracle', 'peers that are ahead', 'extra load', 'why'], rows)}\n\n${whys(those.map(({ cell }) => cell))}`
}

/** By contender and fleet: the mean of all troubles, and the worst. */
function overall(cells: readonly CellResult[]): string {
  const fleets = groups(cells, ({ endpoints, clients }) => `n = ${endpoints}, ${many(clients)}`)
    .map(([title, own]): [string, Stood[]] => [title, standings(own).filter(({ standing }) => !standing.impossible)])
  const rows = contenders.filter(({ peer }) => peer !== ORACLE).map(({ peer }) => [
    peer,
    ...fleets.map(([, own]) => {
      const ratios = own.flatMap(({ cell, standing }) => ratioOf(cell, peer, standing.oracle.p99))
      return ratios.length === 0 ? '' : `${Math.exp(mean(ratios.map(Math.log))).toFixed(1)} (${Math.max(...ratios).toFixed(1)})`
    })
  ])
  return table(['', ...fleets.map(([title]) => title)], rows)
}

function ratioOf({ contenders: all }: CellResult, peer: string, oracle: number): number[] {
  const own = all[peer]
  return own === undefined ? [] : [own.p99 / oracle]
}

/** Every contender. */
function whole(cells: readonly CellResult[]): string {
  const names = contenders.map(({ peer }) => peer)
  const rows = standings(cells).map(({ cell, standing }) => [
    titleOf(cell, standing),
    ...names.map((name) => cellOf(cell, name)),
    ...tailOf(standing)
  ])
  return table(['trouble', ...names, 'inmesh ÷ oracle', 'way', 'success', 'extra load'], rows)
}

/** inmesh, the best of the others, round robin, the oracle. */
function short(cells: readonly CellResult[]): string {
  const rows = standings(cells).map(({ cell, standing }) => {
    const { own, best, baseline, oracle } = standing
    return [
      `${titleOf(cell, standing)}, n = ${cell.endpoints}`,
      bold(ms(own.p99), own.p99 <= best.figures.p99),
      bold(`${ms(best.figures.p99)} (${best.name})`, best.figures.p99 < own.p99),
      ms(baseline.p99),
      ms(oracle.p99),
      ...tailOf(standing)
    ]
  })
  return table(['trouble', OWN, 'best peer', BASELINE, ORACLE, 'inmesh ÷ oracle', 'way', 'success', 'extra load'], rows)
}

function tailOf({ own, baseline, oracle, timesOracle }: Standing): string[] {
  return [times(timesOracle), sayShareOfWay(shareOfWay(own.p99, baseline.p99, oracle.p99)), share(own.success), share(own.extraLoad)]
}

function titleOf(cell: CellResult, { impossible }: Standing): string {
  return impossible ? `${troubleOf(cell).title} ! (load is ${Math.round(loadOnRest(cell, cell.calls) * 100)} % of what is left)` : troubleOf(cell).title
}

function cellOf({ contenders: all }: CellResult, name: string): string {
  const own = all[name]
  if (own === undefined) return ''
  const least = Math.min(...Object.entries(all).flatMap(([each, { p99 }]) => (each === ORACLE ? [] : [p99])))
  return bold(ms(own.p99), own.p99 === least && name !== ORACLE)
}

