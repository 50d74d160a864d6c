/** What another protocol's client has open to an address, beside what the address opens itself. */
export interface Connection {
  /** Lets what is under way end, takes nothing new, and is over when all of it is. */
  close(): Promise<void>
  /** Ends what is under way now. */
  destroy(error: Error): Promise<void> | void
}

/** An address that takes along, when it leaves, what others have opened to it. */
export interface Lendable {
  /** Answers how to take the connection off again, for one that was closed before its address left. */
  attach(connection: Connection): () => void
}

/**
 * The connections of others to one address. A mesh knows when an address leaves and when everything is to be closed, but
 * not every protocol in which it is spoken to.
 */
export class Attachments {
  private readonly connections = new Set<Connection>()

  add(connection: Connection): () => void {
    this.connections.add(connection)
    return () => this.connections.delete(connection)
  }

  async close(): Promise<void> {
    await Promise.all([...this.connections].map((one) => one.close()))
  }

  async destroy(error: Error): Promise<void> {
    await Promise.all([...this.connections].map((one) => one.destroy(error)))
  }
}
