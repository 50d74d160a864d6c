import type { Server } from '@grpc/grpc-js'
import { checks, durationKind } from '@inmesh/pipeline'
import type { Door, DrainOptions } from '@inmesh/server'

/** What a drain can close: servers of grpc-js, and of node:http beside them in the same process. */
export type Closable = Pick<Server, 'tryShutdown' | 'forceShutdown'> | Door

export interface GrpcDrainOptions extends Omit<DrainOptions, 'server'> {
  /** The servers to close. Default the connections that calls have come over, and whatever accepted them. `[]`: none, for whoever closes them himself. */
  readonly server?: Closable | readonly Closable[]
}

const has = (value: unknown, name: string): boolean => typeof value === 'object' && value !== null && typeof (value as Readonly<Record<string, unknown>>)[name] === 'function'
const isClosable = (value: unknown): boolean => has(value, 'close') || (has(value, 'tryShutdown') && has(value, 'forceShutdown'))

export const grpcDrainKind: checks.Kind = checks.shape<GrpcDrainOptions>({
  within: durationKind,
  notice: durationKind,
  server: { accepted: 'a server of grpc-js, node:http, https or http2, or a list of them', allows: (value) => (Array.isArray(value) ? value.every(isClosable) : isClosable(value)) },
})

/** `tryShutdown` stops accepting, says on every connection that there will be no more (GOAWAY), and waits for what is under way. */
export function doorOf(server: Closable): Door {
  if (!('tryShutdown' in server)) return server
  return { close: (done) => server.tryShutdown(() => done?.()), closeAllConnections: () => server.forceShutdown() }
}
