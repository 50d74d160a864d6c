import type { Http2Session } from 'node:http2'
import type { Door, ServerCore } from '@inmesh/server'

/** Typed in Node's own declarations for sessions of servers alone. */
type ServerSession = Http2Session & { readonly server?: Door }

/**
 * The connections that calls have come over, with the servers that accepted them: what a drain closes where it is not told
 * of a server. A server of grpc-js is no server that a call could name.
 */
export class Connections implements Door {
  private readonly sessions = new Set<ServerSession>()
  private readonly core: ServerCore
  private emptied: () => void = () => {}

  constructor(core: ServerCore) {
    this.core = core
  }

  saw(session: ServerSession): void {
    if (this.sessions.has(session)) return
    this.sessions.add(session)
    session.once('close', () => this.forget(session))
    // New ones bring calls that are not read yet.
    if (session.server !== undefined) this.core.exits.saw(session.server)
  }

  /** Nobody new, and on each connection the word for it; `done` when the last one has closed. */
  close(done: () => void = () => {}): void {
    this.emptied = done
    for (const server of this.core.exits.seen) server.close()
    if (this.sessions.size === 0) return done()
    for (const session of this.sessions) if (!session.closed) session.close()
  }

  closeAllConnections(): void {
    for (const session of this.sessions) session.destroy()
  }

  private forget(session: ServerSession): void {
    this.sessions.delete(session)
    if (this.sessions.size === 0) this.emptied()
  }
}
