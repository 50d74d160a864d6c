import type { ConnectionOptions, Losers } from '@inmesh/http'
import type { Duration } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { choice, duration, flag, whole } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'

/** How connections to each endpoint are made, and let go of. Names and defaults are undici's where it has them. */
export interface HttpConfig {
  /** Sockets an endpoint may have open. Default: no limit. 1–100,000. A loser that is drained holds one: leave twice what calls need. */
  readonly connections?: number | undefined
  /** Requests on one HTTP/1.1 socket at a time. Default 1: what waits behind a slow reply would be slow too. 1–1,000. */
  readonly pipelining?: number | undefined
  /** Whether HTTP/2 is offered over TLS. Default `true`. */
  readonly allowH2?: boolean | undefined
  /** HTTP/2 without TLS, by prior knowledge; the callee must speak it. Default `false`. */
  readonly useH2c?: boolean | undefined
  /** Streams on one HTTP/2 connection. Default 100; the callee may lower it. 1–100,000. */
  readonly maxConcurrentStreams?: number | undefined
  /**
   * `'abort'` cancels a beaten try, which over HTTP/1.1 costs its socket; `'drain'` reads it to its end, within a bound of
   * bytes and time, which keeps the socket and costs the callee the work; `'auto'` aborts over HTTP/2 while the callee's
   * tolerance for resets lasts and drains elsewhere. Default `'auto'`.
   */
  readonly losers?: Losers | undefined
  /** How long an idle socket is kept. Default 4 s; a callee's own hint goes before it. 1 ms–24 h. */
  readonly keepAliveTimeout?: Duration | undefined
  /** The most a callee's hint may ask for. Default 10 min. 1 ms–24 h. */
  readonly keepAliveMaxTimeout?: Duration | undefined
  /** Until a socket is connected; a try that takes longer was never sent, and goes elsewhere free of budget. Default 10 s. 1 ms–1 h. */
  readonly connectTimeout?: Duration | undefined
  /** The longest wait for a head, in steps of about 1 s; for finer ones `timeout.perTry`. Default 300 s. 0 for none, up to 24 h. */
  readonly headersTimeout?: Duration | undefined
  /** The longest wait between two pieces of a body, in steps of about 1 s; for finer ones `timeout.idle`. Default 300 s. 0 for none, up to 24 h. */
  readonly bodyTimeout?: Duration | undefined
  /** Longest head, in bytes. Default 16 KiB (Node's). 1 KiB–16 MiB. */
  readonly maxHeaderSize?: number | undefined
  /** Longest body, in bytes, beyond which a reply breaks off. Default: no limit. 1 byte–1 TiB. */
  readonly maxResponseSize?: number | undefined
}

export const http: z.ZodType<HttpConfig> = options<HttpConfig>('an object such as { connections: 20, losers: \'drain\' }', {
  connections: whole(1, 100_000).describe('Sockets an endpoint may have open. Default: no limit.'),
  pipelining: whole(1, 1000).describe('Requests on one HTTP/1.1 socket at a time. Default 1.'),
  allowH2: flag().describe('Whether HTTP/2 is offered over TLS. Default true.'),
  useH2c: flag().describe('HTTP/2 without TLS, by prior knowledge. Default false.'),
  maxConcurrentStreams: whole(1, 100_000).describe('Streams on one HTTP/2 connection. Default 100.'),
  losers: choice('abort', 'drain', 'auto').describe('What becomes of a try that another one has beaten. Default auto.'),
  keepAliveTimeout: duration(1).describe('How long an idle socket is kept. Default 4 s.'),
  keepAliveMaxTimeout: duration(1).describe("The most a callee's hint may ask for. Default 10 min."),
  connectTimeout: duration(1, 3_600_000).describe('Until a socket is connected. Default 10 s.'),
  headersTimeout: duration(0).describe('The longest wait for a head, in steps of about 1 s. Default 300 s.'),
  bodyTimeout: duration(0).describe('The longest wait between two pieces of a body, in steps of about 1 s. Default 300 s.'),
  maxHeaderSize: whole(1024, 16_777_216).describe('Longest head, in bytes. Default 16 KiB.'),
  maxResponseSize: whole(1, 1_099_511_627_776).describe('Longest body, in bytes. Default: no limit.'),
})

export function resolveHttp(config: HttpConfig): ConnectionOptions {
  const { losers: _, keepAliveTimeout, keepAliveMaxTimeout, connectTimeout, headersTimeout, bodyTimeout, ...rest } = config
  return defined({
    ...rest,
    keepAliveTimeout: millis(keepAliveTimeout),
    keepAliveMaxTimeout: millis(keepAliveMaxTimeout),
    connectTimeout: millis(connectTimeout),
    headersTimeout: millis(headersTimeout),
    bodyTimeout: millis(bodyTimeout),
  })
}
