import type { Door } from './door.ts'

/** What is told of an HTTP/2 connection. */
export interface Session {
  close(): void
  destroy(): void
  once(event: 'close', listener: () => void): unknown
}

/** Where requests come from: the servers, and the connections of HTTP/2, which are to be told that there will be no more. */
export class Exits {
  private readonly doors = new Set<Door>()
  private readonly sessions = new Set<Session>()
  private closing = false
  private readonly connected: () => void

  /** `connected`: called for each connection that such a server accepts from then on. */
  constructor(connected: () => void = () => {}) {
    this.connected = connected
  }

  saw(door: Door): void {
    if (this.doors.has(door)) return
    this.doors.add(door)
    door.on?.('connection', this.connected)
  }

  sawSession(session: Session): void {
    if (this.sessions.has(session)) return
    this.sessions.add(session)
    session.once('close', () => this.sessions.delete(session))
    if (this.closing) session.close()
  }

  /** Says on every connection of HTTP/2 that there will be no more (GOAWAY); streams that are open may end. */
  sayGoodbye(): void {
    this.closing = true
    for (const session of this.sessions) session.close()
  }

  get seen(): readonly Door[] {
    return [...this.doors]
  }

  /** Whatever is still open now. */
  cut(): void {
    for (const session of this.sessions) session.destroy()
  }

  forget(): void {
    for (const door of this.doors) door.off?.('connection', this.connected)
    this.doors.clear()
    this.sessions.clear()
  }
}
