import { InboundCall, type Headers, type Peer, type ServerCore } from '@inmesh/server'

/** A request that is nothing but its headers. */
export class HeaderSetCall extends InboundCall {
  readonly method = 'GET'
  readonly path = '/items/42'
  readonly headers: Headers
  readonly peer: Peer = { address: '10.0.0.1', certificate: undefined }
  readonly headSent = false
  readonly gone = false
  protected readonly knownRoute = undefined

  constructor(core: ServerCore, headers: Headers) {
    super(core)
    this.headers = headers
  }

  proceed(): void {}
  refuse(): void {}
  setHeader(): void {}
  watchHead(): void {}
  addAtHead(): void {}
  closeAfter(): void {}
  cut(): void {}
}
