import { Attachments, type Connection, type Lendable, type Target } from '@inmesh/pipeline'
import { CancelBudget } from '@inmesh/policy'
import type { TLSSocket } from 'node:tls'
import { buildConnector, Client, Pool } from 'undici'

/** How connections to each endpoint are made; the names are undici's. */
export interface ConnectionOptions {
  /** Sockets an endpoint may have open. Default: no limit. A loser that is drained holds one; leave twice what calls need. */
  readonly connections?: number
  /** Requests on one HTTP/1.1 socket at a time. Default 1: what waits behind a slow reply would be slow too. */
  readonly pipelining?: number
  /** Whether HTTP/2 is offered over TLS. Default true, as in undici. */
  readonly allowH2?: boolean
  /** HTTP/2 without TLS, by prior knowledge. Default false. */
  readonly useH2c?: boolean
  /** Streams on one HTTP/2 connection. Default 100; the callee may lower it. */
  readonly maxConcurrentStreams?: number
  /** How long an idle socket is kept, in ms. Default 4,000; a callee's own hint goes before it. */
  readonly keepAliveTimeout?: number
  /** The most that a callee's hint may ask for, in ms. Default 600,000. */
  readonly keepAliveMaxTimeout?: number
  /** Until a socket is connected, in ms. Default 10,000. */
  readonly connectTimeout?: number
  /** The longest wait for a head, in ms, in steps of about a second. Default 300,000. 0 for none. */
  readonly headersTimeout?: number
  /** The longest wait between two pieces of a body, in ms, in steps of about a second. Default 300,000. 0 for none. */
  readonly bodyTimeout?: number
  /** Longest head, in bytes. Default Node's: 16 KiB. */
  readonly maxHeaderSize?: number
  /** Longest body, in bytes, beyond which a reply breaks off. Default: no limit. */
  readonly maxResponseSize?: number
}

/** For every connection to a service. */
export interface TlsOptions {
  /** Authorities to trust, as PEM, instead of Node's own list. */
  readonly ca?: string | Buffer | (string | Buffer)[]
  /** Our own certificate, as PEM, for callees that ask for one; with `key`. */
  readonly cert?: string | Buffer
  /** The private key of `cert`, as PEM. */
  readonly key?: string | Buffer
  /** Of an encrypted `key`. */
  readonly passphrase?: string
  /** The name to ask for and to check the certificate against. Default: the host of the service's first origin, else the endpoint's. */
  readonly servername?: string
  /** False accepts any certificate, and so anybody in the middle: for tests. Default true. */
  readonly rejectUnauthorized?: boolean
}

/** The part of undici that a try needs. */
export interface Wire {
  dispatch: Pool['dispatch']
}

/**
 * One address and its connections, opened when first used. Sockets tell on themselves: an error of one that had
 * answered before is remembered as such, which is how a kept-alive connection that the callee closed at the wrong moment
 * is told from an endpoint that refuses.
 */
export class HttpTarget implements Target, Lendable {
  readonly url: URL
  readonly zone?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly resets: CancelBudget = new CancelBudget()
  /** Whether its connections are ours. */
  readonly owned: boolean = true
  /** Whether the last connection speaks HTTP/2: there a cancel costs a reset, in HTTP/1.1 the socket. */
  multiplexed = false
  private readonly settings: ConnectionOptions
  private readonly tls: TlsOptions | undefined
  private pool: Pool | undefined = undefined
  private readonly lone = new Set<Client>()
  private readonly attached = new Attachments()
  private readonly used = new WeakSet<object>()

  constructor(url: URL, settings: ConnectionOptions, tls: TlsOptions | undefined, facts: { readonly zone?: string | undefined; readonly labels?: Readonly<Record<string, string>> | undefined } = {}) {
    this.url = url
    this.settings = settings
    this.tls = tls
    if (facts.zone !== undefined) this.zone = facts.zone
    if (facts.labels !== undefined) this.labels = facts.labels
  }

  get wire(): Wire {
    return (this.pool ??= new Pool(this.url.origin, { ...this.settings, connect: this.connector() }))
  }

  /** A connection of its own for one request, at another port if one is named. Whoever has sent it ends it by `retire` or `drop`. */
  fresh(port?: number): Client {
    const { connections: _, ...settings } = this.settings
    const client = new Client(port === undefined ? this.url.origin : atPort(this.url, port), { ...settings, connect: this.connector() })
    this.lone.add(client)
    return client
  }

  /** Closes it when its request is over. */
  retire(client: Client): void {
    const gone = (): boolean => this.lone.delete(client)
    client.close().then(gone, gone)
  }

  /** Closes it at once, whatever is under way on it. Idempotent. */
  drop(client: Client, error: Error): void {
    this.lone.delete(client)
    void client.destroy(error).catch(() => {})
  }

  /** Whether the socket behind this error had answered a request before. */
  wasUsed(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return false
    const { socket } = error as { socket?: { bytesRead?: number } }
    return this.used.has(error) || (socket?.bytesRead ?? 0) > 0
  }

  attach(connection: Connection): () => void {
    return this.attached.add(connection)
  }

  /** Lets requests that are under way end. */
  async close(): Promise<void> {
    await Promise.all([this.attached.close(), ...[this.pool, ...this.lone].map((one) => one?.close())])
  }

  async destroy(error: Error): Promise<void> {
    await Promise.all([this.attached.destroy(error), ...[this.pool, ...this.lone].map((one) => one?.destroy(error))])
  }

  private connector(): buildConnector.connector {
    const { allowH2, useH2c, connectTimeout } = this.settings
    const connect = buildConnector({
      ...this.tls,
      ...(allowH2 === undefined ? {} : { allowH2 }),
      ...(useH2c === undefined ? {} : { useH2c }),
      ...(connectTimeout === undefined ? {} : { timeout: connectTimeout }),
    } as buildConnector.BuildOptions)
    return (options, callback) =>
      connect(options, (...[error, socket]: [Error | null, unknown]) => {
        if (error !== null) return callback(error, null)
        const opened = socket as TLSSocket
        this.multiplexed = opened.alpnProtocol === 'h2' || useH2c === true
        // First in line, so that the error is marked before undici hands it to a request.
        opened.prependListener('error', (cause: object) => {
          if (opened.bytesRead > 0) this.used.add(cause)
        })
        callback(null, opened)
      })
  }
}

function atPort(url: URL, port: number): string {
  const other = new URL(url)
  other.port = String(port)
  return other.origin
}
