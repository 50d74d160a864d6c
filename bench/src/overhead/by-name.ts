import { HttpTarget } from '@inmesh/http'
import { fetch as undiciFetch, type Pool } from 'undici'
import type { Contender } from './contender.ts'
import type { Entry } from './contender-side.ts'
import { describeOf, everything, governed, meshOf, type Governed } from './contenders/inmesh.ts'
import { cockatiel, opossum, opossumWithRetry } from './contenders/peers.ts'
import { bare, RoundRobin, RoundRobinDispatcher, slowed } from './contenders/round-robin.ts'

type Make = (origins: readonly string[]) => Contender | Governed

/** Everybody's pools are built as the mesh builds its own: what is compared is the choice among them and nothing else. */
const makers: Readonly<Record<string, Make>> = {
  undici: (origins) => bare(roundRobin(origins)),
  'undici again': (origins) => bare(roundRobin(origins), 'undici again'),
  inmesh: (origins) => governed('inmesh', origins),
  'inmesh + timeout': (origins) => governed('inmesh + timeout', origins, { timeout: '800ms' }),
  'inmesh, every policy': (origins) => observed(governed('inmesh, every policy', origins, everything)),
  opossum: (origins) => opossum(roundRobin(origins)),
  'opossum + p-retry': (origins) => opossumWithRetry(roundRobin(origins)),
  cockatiel: (origins) => cockatiel(roundRobin(origins)),
  'undici + 10 us': (origins) => slowed(roundRobin(origins), 10),
  'undici fetch': (origins) => bareFetch(new RoundRobinDispatcher(roundRobin(origins))),
  'inmesh fetch': (origins) => meshFetch(origins),
}

export function entryOf(name: string, origins: readonly string[]): Entry {
  const make = makers[name]
  if (make === undefined) throw new Error(`overhead: got "${name}", accepted are ${Object.keys(makers).join(', ')}`)
  const contender = make(origins)
  return 'mesh' in contender ? { name, send: contender.send, chain: describeOf(contender) } : { name, send: contender.send }
}

export function poolsOf(origins: readonly string[]): readonly Pool[] {
  return origins.map((origin) => new HttpTarget(new URL(origin), {}, undefined).wire as Pool)
}

function roundRobin(origins: readonly string[]): RoundRobin {
  return new RoundRobin(poolsOf(origins))
}

/** With somebody listening: events that nobody hears are not made. */
function observed(contender: Governed): Governed {
  contender.mesh.observe(() => {})
  return contender
}

function bareFetch(dispatcher: RoundRobinDispatcher): Contender {
  return { name: 'undici fetch', send: async () => check(await undiciFetch('http://catalog/items/42', { dispatcher }) as unknown as Response) }
}

function meshFetch(origins: readonly string[]): Contender {
  const { fetch } = meshOf(origins).service('catalog')
  return { name: 'inmesh fetch', send: async () => check(await fetch('/items/42')) }
}

async function check(response: Response): Promise<void> {
  await response.text()
  if (response.status !== 200) throw new Error(`got a ${response.status}`)
}
