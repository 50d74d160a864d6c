import { z } from 'zod'
import { peers } from '../virtual/peers/index.ts'
import { grpcJsOptions } from './grpc-js-options.ts'
import type { GrpcJsOptions } from './grpc-js-options.ts'
import { undiciOptions } from './undici-options.ts'
import type { UndiciOptions } from './undici-options.ts'

export type { GrpcJsOptions } from './grpc-js-options.ts'
export type { UndiciOptions } from './undici-options.ts'

const name = z.string().min(1).optional().describe('What reports and asserts call it. Default: `peer`.')

const undiciShape = {
  peer: z.literal('undici').describe('BalancedPool over the endpoints, with the retry interceptor. Real world only.'),
  options: undiciOptions.default({})
}

const grpcJsShape = {
  peer: z
    .literal('grpc-js')
    .describe('A client of @grpc/grpc-js with round_robin and what its service config can say, for services whose `protocol` is grpc. Real world only.'),
  options: grpcJsOptions.default({})
}

const inmeshShape = {
  peer: z.literal('inmesh').describe('createMesh over the endpoints.'),
  policy: z.record(z.string(), z.unknown()).default({}).describe('The policy of each service, as createMesh takes it.')
}

interface PeerShape {
  peer: z.ZodLiteral
  options: z.ZodType
  [key: string]: z.ZodType
}

const peerShapes = Object.entries(peers).map(
  ([peer, { schema }]): PeerShape => ({
    peer: z.literal(peer).describe('A peer of the virtual world.'),
    options: schema.prefault({})
  })
)

const caller = z.discriminatedUnion('peer', [
  z.strictObject(inmeshShape),
  ...peerShapes.map((shape) => z.strictObject(shape))
])

const top = {
  name,
  admission: z
    .boolean()
    .default(true)
    .describe('False: for it replicas take what comes, as if no service had `admission`. Default true.'),
  callers: z
    .record(z.string(), caller)
    .default({})
    .describe('By service: what its replicas call others with. Default: what the clients have.')
}

export interface InmeshCaller {
  readonly kind: 'inmesh'
  readonly peer: 'inmesh'
  readonly policy: Readonly<Record<string, unknown>>
}
export interface PeerCaller {
  readonly kind: 'peer'
  /** Its name among the peers of the virtual world, whose oracle is one of them. */
  readonly peer: string
  /** As its schema gives them. */
  readonly options: unknown
}
/** What a client of the virtual world is made of. */
export type Caller = InmeshCaller | PeerCaller

interface UndiciContender {
  readonly kind: 'undici'
  readonly peer: 'undici'
  readonly options: UndiciOptions
}
interface GrpcJsContender {
  readonly kind: 'grpc-js'
  readonly peer: 'grpc-js'
  readonly options: GrpcJsOptions
}
/** What a client of either world is made of. */
export type ClientSpec = UndiciContender | GrpcJsContender | Caller

/** A client that gets the same load as the others. */
export type Contender = ClientSpec & {
  readonly name: string
  /** By service: what its replicas call others with, where that is not what the clients have. */
  readonly callers: Readonly<Record<string, Caller>>
  /** Whether the services that have a server half use it. */
  readonly admission: boolean
}

/** What a file may say; options of peers are told by the schema of each. */
export interface ContenderInput {
  name?: string | undefined
  peer: string
  options?: unknown
  policy?: Record<string, unknown> | undefined
  admission?: boolean | undefined
  callers?: Record<string, Omit<ContenderInput, 'name' | 'callers' | 'admission'>> | undefined
}

export type ParsedContender = ContenderInput

const union: z.ZodType = z.discriminatedUnion('peer', [
  z.strictObject({ name, admission: top.admission, ...undiciShape }),
  z.strictObject({ name, admission: top.admission, ...grpcJsShape }),
  z.strictObject({ ...top, ...inmeshShape }),
  ...peerShapes.map((shape) => z.strictObject({ ...top, ...shape }))
])
// Which peers there are is known when the program runs; what they share is what types can say.
export const contender = union as z.ZodType<ParsedContender, ContenderInput>

export function nameContender(parsed: ParsedContender): Contender {
  const callers = Object.entries(parsed.callers ?? {}).map(([service, each]) => [service, callerOf(each)] as const)
  const shared = { name: parsed.name ?? parsed.peer, callers: Object.fromEntries(callers), admission: parsed.admission ?? true }
  if (parsed.peer === 'undici') {
    return { ...shared, kind: 'undici', peer: 'undici', options: (parsed.options ?? {}) as UndiciOptions }
  }
  if (parsed.peer === 'grpc-js') {
    return { ...shared, kind: 'grpc-js', peer: 'grpc-js', options: (parsed.options ?? {}) as GrpcJsOptions }
  }
  return { ...shared, ...callerOf(parsed) }
}

function callerOf({ peer, policy = {}, options }: Omit<ParsedContender, 'name' | 'callers' | 'admission'>): Caller {
  if (peer === 'inmesh') return { kind: 'inmesh', peer, policy }
  return { kind: 'peer', peer, options }
}
