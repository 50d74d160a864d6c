/**
 * What a call is on the wire, in the words that telemetry has for it. Read only while somebody listens, and one object for
 * all calls that are alike: nothing is made for each.
 */
export interface ClientWire {
  readonly protocol: 'http' | 'grpc'
  /** Of HTTP, as the caller wrote it. */
  readonly method?: string | undefined
  /** The host that the caller named, and for lack of one the service's name: never an endpoint's, of which there are many. */
  readonly address: string
  /** Of the origin that the caller named; undefined where none was. */
  readonly port?: number | undefined
}

/** What a request is on the wire of a server. */
export interface ServerWire {
  readonly protocol: 'http' | 'grpc'
  /** Of HTTP. Anybody may have written it. */
  readonly method?: string | undefined
  /** Of this connection: behind a proxy that ends TLS it is `http`. */
  readonly scheme?: 'http' | 'https' | undefined
}
