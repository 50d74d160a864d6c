import type { Cell } from '../../gray/cell.ts'

/** Why a cell is missed, what that is, and what was tried against it. */
interface Reason {
  readonly name: string
  readonly holds: (cell: Cell) => boolean
  readonly text: string
}

const FEW = 4
const MANY = 100

const REASONS: readonly Reason[] = [
  {
    name: 'speeds',
    holds: ({ trouble }) => trouble === 'antagonists',
    text: `The speed of each replica is drawn anew each second. The oracle knows it, and sends large calls to where it is high. A client learns it from answers, some sixty a second and replica here, and of a hundred clients from less than one. Tried: averages that forget with each answer (one client, n = 10: 204 to 191 ms, and worse by half where one call in a hundred is huge), slowness squared (worse), a shorter \`balance.decay\` (the sweep below). What servers know of themselves would have to come with their replies.`
  },
  {
    name: 'blind',
    holds: ({ clients }) => clients > 1,
    text: `Each of a hundred clients sees its own calls, less than one in flight at a time; the oracle sees everybody's. How much that is shows where nothing is wrong, in *What clients without the others' queues can reach* below: no contender comes within 1.25 × there when four of five are left, and inmesh is as near as the nearest. Beyond it lies what it costs to notice: each client has to meet the trouble itself. Tried: turns among equals (best on a healthy fleet, and what is slow gets its turn too). Load reports in replies, or probes (Prequal), would bring it.`
  },
  {
    name: 'noticing',
    holds: ({ clients, endpoints, trouble }) => clients > 1 && endpoints >= MANY && trouble !== 'pauses' && trouble !== 'antagonists',
    text: `A hundred clients of which each has to meet ten of a hundred replicas: a thousand calls, 1.7 % of the 58,600 that are counted, which is more than the 99th percentile leaves out. It is made of the backups of these calls.`
  },
  {
    name: 'needed',
    holds: ({ trouble, endpoints }) => trouble === 'failing' && endpoints < FEW,
    text: `The others cannot do without the one that fails half of its calls, and only an oracle knows which half. Of three replicas at 70 % the other two lack 0.1 of the 2.1 that is asked for: the failing one has to answer that much and fails as much again, so that 4.8 % more load is the least there is. Of two the other lacks 0.4 of 1.4: 29 % at least, and retries are bounded to 20 %, so that some calls fail whatever is done. Whoever is ahead there retries without a bound. Tried: smaller units of its penalty ([decision 0032](decisions/0032-all-of-few-and-backups-by-worth.md): half of a try gives 191 ms at n = 3, for 13.9 % more load).`
  },
  {
    name: 'copies',
    holds: ({ trouble, clients, endpoints }) => trouble === 'failing' && clients === 1 && endpoints === 5,
    text: `At the start of the trouble the backups of large calls are still sent; without any it is 180 ms, a tie with the peer that is ahead.`
  },
  {
    name: 'near the limit',
    holds: ({ trouble, clients, endpoints }) => trouble === 'slow' && clients === 1 && endpoints === 5,
    text: `The slow replica has to be out of the way of 99 in 100 calls while the other four are at 85 % of what they can do, and their queues make it look acceptable now and then.`
  }
]

/** Names of \`whys\`, for a column. */
export function whyOf(cell: Cell): string {
  return REASONS.filter(({ holds }) => holds(cell)).map(({ name }) => name).join(', ')
}

/** What the names of these cells mean. */
export function whys(cells: readonly Cell[]): string {
  return REASONS.filter(({ holds }) => cells.some(holds)).map(({ name, text }) => `- *${name[0]!.toUpperCase()}${name.slice(1)}.* ${text}`).join('\n')
}
