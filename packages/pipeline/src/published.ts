import { channel, type Channel } from 'node:diagnostics_channel'
import type { Call } from './call.ts'
import type { MeshEvent } from './events.ts'

/** What subscribers of the channel `meshEvents` are handed. */
export interface MeshEventMessage {
  readonly event: MeshEvent
  /** What the event is of; undefined where it is of no call. */
  readonly call: Call | undefined
}

/**
 * The name of the channel of `node:diagnostics_channel` to which every event of every mesh, server and client in this
 * process is published, as `MeshEventMessage`, while anybody is subscribed. As with every channel, a subscriber that throws is an
 * uncaught exception of the process: Node has it so.
 */
export const meshEvents = 'inmesh:event' as const

export const published: Channel = channel(meshEvents)
