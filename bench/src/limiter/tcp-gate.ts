import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Stands before a Redis: leads elsewhere, or nowhere, from one moment on. Connections of before are cut. */
export class TcpGate {
  #target: number | undefined
  readonly #open: Set<Socket> = new Set()
  readonly #server = createServer((inner) => this.#accept(inner))

  constructor(target: number) {
    this.#target = target
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** To another port; undefined: nobody gets through. */
  lead(target: number | undefined): void {
    this.#target = target
    for (const socket of this.#open) socket.destroy()
  }

  close(): void {
    this.lead(undefined)
    this.#server.close()
  }

  #accept(inner: Socket): void {
    if (this.#target === undefined) return void inner.destroy()
    const outer = connect({ host: '127.0.0.1', port: this.#target, noDelay: true })
    inner.setNoDelay(true)
    for (const [socket, other] of [[inner, outer], [outer, inner]] as const) {
      this.#open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.#open.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
}
