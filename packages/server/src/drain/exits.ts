import type { Door } from './door.ts'

/** What is told of an HTTP/2 connection. */
export interface Session {
  close(): void
  destroy(): void
  once(event: 'close', listener: () => void): unknown
}

/** Where requests come from: the servers, and the connections of HTTP/2, which are to be told that there will be no more. */
export class Exits {
  /** Each with what lets go of it once it has closed: a core may outlive many servers. */
  private readonly doors = new Map<Door, () => void>()
  private readonly sessions = new Set<Session>()
  private closing = false
  private readonly connected: () => void

  /** `connected`: called for each connection that such a server accepts from then on. */
  constructor(connected: () => void = () => {}) {
    this.connected = connected
  }

  saw(door: Door): void {
    if (this.doors.has(door)) return
    const letGo = (): void => {
      this.doors.delete(door)
      door.off?.('connection', this.connected)
      door.off?.('close', letGo)
    }
    this.doors.set(door, letGo)
    door.on?.('connection', this.connected)
    door.on?.('close', letGo)
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
    return [...this.doors.keys()]
  }

  /** Whatever is still open now. */
  cut(): void {
    for (const session of this.sessions) session.destroy()
  }

  forget(): void {
    for (const letGo of this.doors.values()) letGo()
    this.sessions.clear()
  }
}
