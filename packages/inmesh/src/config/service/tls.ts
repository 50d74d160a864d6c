import type { TlsOptions } from '@inmesh/http'
import * as z from 'zod'
import { defined } from '../defined.ts'
import { accepting } from '../schema/accepted.ts'
import { flag, list, name, oneOf } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'

/** A certificate or key as PEM text, or its bytes. */
export type Pem = string | Buffer

/** For every connection to a service; new values given by a patch are used by new connections. Private keys are never shown in errors or changes. */
export interface TlsConfig {
  /** Authorities to trust, replacing Node's own list. Default: Node's. */
  readonly ca?: Pem | readonly Pem[] | undefined
  /** Our own certificate, for callees that ask for one; with `key`. */
  readonly cert?: Pem | undefined
  /** The private key of `cert`. */
  readonly key?: Pem | undefined
  /** Of an encrypted `key`. */
  readonly passphrase?: string | undefined
  /** The name to ask for (SNI) and to check certificates against. Default: the host that calls are made to, else the endpoint's own. */
  readonly servername?: string | undefined
  /** `false` accepts any certificate, and so anybody in the middle: for tests. Default `true`. */
  readonly rejectUnauthorized?: boolean | undefined
}

const words = "PEM text that begins with '-----BEGIN', or a Buffer"

const pem: z.ZodType<Pem> = accepting(words, z.union([
  z.string().regex(/^\s*-----BEGIN/, { abort: true }),
  z.custom<Buffer>((value) => Buffer.isBuffer(value)),
], { error: words }))

export const tls: z.ZodType<TlsConfig> = options<TlsConfig>('{ ca, cert, key, passphrase, servername, rejectUnauthorized }', {
  ca: oneOf<readonly [z.ZodType<Pem>, z.ZodType<Pem[]>]>(`${words}, or a list of them`, [pem, list(pem, 'a list')]).describe('Authorities to trust, as PEM.'),
  cert: pem.describe('Our own certificate, as PEM.'),
  key: pem.describe('The private key of cert, as PEM.'),
  passphrase: name().describe('Of an encrypted key.'),
  servername: name().describe('The name to ask for and to check certificates against.'),
  rejectUnauthorized: flag().describe('false accepts any certificate. Default true.'),
})

export function resolveTls(config: TlsConfig): TlsOptions {
  const { ca, cert, key, passphrase, servername, rejectUnauthorized } = config
  return defined({ ca: isPem(ca) || ca === undefined ? ca : [...ca], cert, key, passphrase, servername, rejectUnauthorized })
}

function isPem(value: TlsConfig['ca']): value is Pem {
  return typeof value === 'string' || Buffer.isBuffer(value)
}
