import { credentials, type ClientOptions } from '@grpc/grpc-js'
import { grpc } from '@inmesh/grpc'
import { createMesh, type Mesh, type PolicyConfig } from 'inmesh'
import type { Contender } from '../overhead/contender.ts'
import type { Entry } from '../overhead/contender-side.ts'
import { CatalogClient, catalogService, question, streamLength } from './catalog.ts'

/** Whose turn it is. */
type Next = () => CatalogClient

/** Every policy that acts on a call of gRPC, with limits that a healthy service never meets. */
const everything: PolicyConfig = {
  timeout: { total: '800ms', perTry: '500ms' },
  balance: 'latency',
  eject: {},
  retry: { maxExtraTries: 1 },
  backup: { maxExtraLoad: 0.02 },
  rescue: {},
  limit: { rate: 1_000_000, per: '1s', burst: 100_000 },
  drop: { SHEDDABLE: 0.5 },
}

/** All nine digits: grpc-js 1.14.7 takes what stands behind the point for nanoseconds, however short it is. */
const methodConfig = (policy: object): object => ({ name: [{ service: 'shop.Catalog' }], timeout: '0.800000000s', ...policy })

/** grpc-js's own for the same job, as its documentation has them (gRFC A6, A50): one extra try, within a budget. */
const ownPolicies = (policy: object): ClientOptions => ({
  'grpc.service_config': JSON.stringify({
    loadBalancingConfig: [{ outlier_detection: { success_rate_ejection: {}, failure_percentage_ejection: {}, child_policy: [{ round_robin: {} }] } }],
    methodConfig: [methodConfig(policy)],
    retryThrottling: { maxTokens: 10, tokenRatio: 0.1 },
  }),
})
const retries = { retryPolicy: { maxAttempts: 2, initialBackoff: '0.025s', maxBackoff: '0.25s', backoffMultiplier: 2, retryableStatusCodes: ['UNAVAILABLE'] } }
const hedges = { hedgingPolicy: { maxAttempts: 2, hedgingDelay: '0.05s', nonFatalStatusCodes: ['UNAVAILABLE'] } }

const makers: Readonly<Record<string, (origins: readonly string[]) => { readonly next: Next; readonly chain?: string }>> = {
  'grpc-js': bare,
  'grpc-js again': bare,
  inmesh: (origins) => governed(origins),
  'inmesh + timeout': (origins) => governed(origins, { timeout: '800ms' }),
  'inmesh, off': (origins) => governed(origins, { mode: 'off' }),
  'inmesh, every policy': (origins) => governed(origins, everything, true),
  'grpc-js, its retries': (origins) => owning(origins, retries),
  'grpc-js, its hedges': (origins) => owning(origins, hedges),
}

/** A contender of unary calls. */
export function unaryOf(name: string, origins: readonly string[]): Entry {
  const { next, ...described } = made(name, origins)
  return { name, send: () => unary(next()), ...described }
}

/** A contender that reads a stream to its end. */
export function streamOf(name: string, origins: readonly string[]): Contender {
  const { next } = made(name, origins)
  return { name, send: () => stream(next()) }
}

function made(name: string, origins: readonly string[]): ReturnType<(typeof makers)[string]> {
  const make = makers[name]
  if (make === undefined) throw new Error(`grpc: got "${name}", accepted are ${Object.keys(makers).join(', ')}`)
  return make(origins)
}

/** A client for each endpoint, in turn: the plainest way to use three replicas. */
function bare(origins: readonly string[]): { readonly next: Next } {
  return { next: inTurn(origins.map((origin) => new CatalogClient(`ipv4:${new URL(origin).host}`, credentials.createInsecure()))) }
}

function owning(origins: readonly string[], policy: object): { readonly next: Next } {
  const client = new CatalogClient(`ipv4:${origins.map((origin) => new URL(origin).host).join(',')}`, credentials.createInsecure(), ownPolicies(policy))
  return { next: () => client }
}

/** `watched`: events that nobody hears are not made. */
function governed(origins: readonly string[], policy?: PolicyConfig, watched = false): { readonly next: Next; readonly chain: string } {
  const mesh = meshOf(origins, policy)
  if (watched) mesh.observe(() => {})
  const client = new CatalogClient('catalog', credentials.createInsecure(), grpc(mesh).options('catalog', { service: catalogService as never }))
  return { next: () => client, chain: mesh.service('catalog').describe().map(({ name }) => name).join(' > ') }
}

export function meshOf(endpoints: readonly string[], policy?: PolicyConfig): Mesh<'catalog'> {
  return createMesh({ services: { catalog: policy === undefined ? { endpoints } : { endpoints, policy } } })
}

export function inTurn(clients: readonly CatalogClient[]): Next {
  let turn = 0
  return () => {
    turn = (turn + 1) % clients.length
    return clients[turn] as CatalogClient
  }
}

/**
 * Begun from a lane that awaits, and nowhere else: grpc-js takes the stack of whoever calls, and what that costs depends on
 * how deep it is. A call begun inside of another one's callback would pay for the depth of the client beneath it.
 */
export function unary(client: CatalogClient): Promise<void> {
  return new Promise((resolve, reject) => { client.get(question, (error) => (error === null ? resolve() : reject(error))) })
}

function stream(client: CatalogClient): Promise<void> {
  return new Promise((resolve, reject) => {
    let messages = 0
    client.list(question)
      .on('data', () => { messages++ })
      .on('error', reject)
      .on('end', () => (messages === streamLength ? resolve() : reject(new Error(`${messages} messages of ${streamLength}`))))
  })
}
