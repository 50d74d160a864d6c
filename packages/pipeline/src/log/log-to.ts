import type { MeshEvent } from '../events.ts'
import type { Observer } from '../observers.ts'
import { EventLog } from './event-log.ts'
import type { Logger } from './logger.ts'
import { termsOf, type LogOptions } from './options.ts'

/**
 * Writes what changes state into a log, and nothing for each call: `createMesh({ observers: [logTo(pino())] })`. Each line is a
 * sentence, with the event's fields beside it: `service`, `event` (its type), `endpoint`, …, an error as `err`. What flaps is
 * written so often and then counted.
 *
 * A logger that throws never reaches a call, and is told of once, as a process warning. Throws one `TypeError` that lists
 * every mistake in the logger and the options. Starts nothing and has nothing to close: what is held is told of a second
 * after it has calmed, and when the mesh or the server is closed.
 */
export function logTo(logger: Logger, options: LogOptions = {}): Observer {
  const log = new EventLog(logger, termsOf(logger, options))
  return Object.assign((event: MeshEvent) => log.hear(event), { watch: () => () => log.flush() })
}
