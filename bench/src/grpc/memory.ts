import { setImmediate as turn } from 'node:timers/promises'
import { credentials } from '@grpc/grpc-js'
import { grpc } from '@inmesh/grpc'
import type { Contender } from '../overhead/contender.ts'
import { Duel } from '../overhead/duel.ts'
import { controlOf } from '../report/bar.ts'
import type { Row } from '../report/result.ts'
import { CatalogClient, catalogService } from './catalog.ts'
import { inTurn, meshOf, unary } from './contenders.ts'
import { InstantChannel } from './instant-channel.ts'

const block = { requests: 2_000, width: 8 }
const endpoints = ['http://127.0.0.1:1', 'http://127.0.0.1:2', 'http://127.0.0.1:3']

/** A whole call over channels in memory: the client of grpc-js above, and what stands between, but no socket that hides it. */
export async function memoryRows(metric: string, rounds: number): Promise<Row[]> {
  const baseline = bareMemory('grpc-js')
  const duels = [bareMemory(controlOf(baseline.name)), governedMemory('inmesh'), governedMemory('inmesh + timeout', { timeout: '800ms' })].map((contender) => new Duel(baseline, contender))
  for (let i = 0; i < 5; i++) for (const each of duels) await each.warm(block, 5_000)
  for (let round = 0; round < rounds; round++) {
    for (const each of duels) {
      await each.round(block)
      // What is answered without a socket never lets the event loop turn, and what is done once a turn would never be.
      await turn()
    }
  }
  return duels.map((each) => each.row(metric))
}

function bareMemory(name: string): Contender {
  const next = inTurn(endpoints.map(() => new CatalogClient('memory', credentials.createInsecure(), { channelOverride: new InstantChannel() })))
  return { name, send: () => unary(next()) }
}

function governedMemory(name: string, policy?: Parameters<typeof meshOf>[1]): Contender {
  const options = grpc(meshOf(endpoints, policy)).options('catalog', { service: catalogService as never, openChannel: () => new InstantChannel() })
  const client = new CatalogClient('catalog', credentials.createInsecure(), options)
  return { name, send: () => unary(client) }
}
