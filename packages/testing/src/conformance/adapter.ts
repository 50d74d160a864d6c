import type { Code, Millis } from '@inmesh/policy'
import type { CallTracer, Mode, ServicePolicy } from '@inmesh/pipeline'
import type { Recorder } from '../recorder.ts'

/** What not every protocol or client has. An adapter that lacks one declares it, and the suite says so in its report. */
export type Feature =
  /** A failure may carry a reply with a body, as a 503 does. */
  | 'failing-replies'
  /** A call may have a body of its own. */
  | 'request-bodies'
  /** A body that can be sent only once. */
  | 'one-shot-bodies'
  /** A reply whose body comes piece by piece, and whose reader can be slow. */
  | 'streamed-replies'
  | 'trailers'
  /** 1xx replies before the real one. */
  | 'informational'
  /** A call that becomes a two-way stream of bytes. */
  | 'upgrade'
  /** The number of connections to an endpoint can be bounded. */
  | 'connection-limit'
  /** What follows a call can tell the callee of each try. */
  | 'tracing'

/** Runs an adapter for the suite: real replicas on real sockets, a client over the adapter, a hand on both. */
export interface ConformanceAdapter {
  readonly name: string
  readonly lacks?: readonly Feature[]
  /** Every kind of body that the client takes. */
  readonly bodies?: readonly BodyKind[]
  start(options: RigOptions): Promise<Rig>
}

export interface BodyKind {
  readonly name: string
  /** Whether it can be sent again after it was read. */
  readonly replayable: boolean
  /** A fresh one that holds `content`. */
  make(content: string): unknown
}

export interface RigOptions {
  readonly replicas: number
  readonly policy: ServicePolicy
  /** Above the policy's own mode. */
  readonly ceiling?: Mode
  /** Connections to one replica; undefined for no limit. */
  readonly connections?: number
  /** Follows the calls: the `tracer` of an observer. */
  readonly tracer?: CallTracer
}

export interface Rig {
  readonly replicas: readonly Replica[]
  readonly recorder: Recorder
  call(options?: ConformanceCall): Promise<Reply>
  /** Tries and bodies that the balancer counts as open, old ones included. */
  held(): number
  close(): Promise<void>
}

export interface ConformanceCall {
  /** Default: whether it may be repeated: `safe` as a GET is, else as a POST. */
  readonly safe?: boolean
  readonly body?: unknown
  readonly timeout?: Millis
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
  /** Told of a 1xx reply. */
  readonly onInformational?: (status: number) => void
}

/** What a caller got; a call that fails without a reply rejects. */
export interface Reply {
  readonly code: Code
  text(): Promise<string>
  /** The next piece; undefined at the end. */
  read(): Promise<Uint8Array | undefined>
  /** After the body was read. */
  trailers(): Promise<Readonly<Record<string, string>>>
  /** Throws the rest of the body away. */
  cancel(): Promise<void>
}

export interface UpgradeRig extends Rig {
  /** Makes a call an echo of whatever is written to it. */
  upgrade(): Promise<{ echo(text: string): Promise<string>; close(): void }>
}

/** A server under the suite's control. */
export interface Replica {
  /** As the balancer knows it. */
  readonly key: string
  /** Every request so far. */
  readonly received: readonly Received[]
  /** What it does from now on. */
  on(does: Does | ((received: Received) => Does)): void
  /** From now on connections are refused; those that are open are closed. */
  refuse(): Promise<void>
}

/** One request as a replica saw it. */
export interface Received {
  /** Whole, once the request is over. */
  readonly content: string
  readonly headers: Readonly<Record<string, string>>
  /** Whether the client went away before the reply was over. */
  readonly cancelled: boolean
  /** Whether the reply was written to its end. */
  readonly finished: boolean
  /** Bytes of the reply that went out of the replica's hands. */
  readonly written: number
}

export type Does =
  | { readonly do: 'reply'; readonly code?: Code; readonly content?: string; readonly after?: Millis; readonly trailers?: Readonly<Record<string, string>>; readonly informational?: number }
  /** Pieces as fast as the client takes them; with `every`, one in that time; with `breaks`, the connection dies after the last. */
  | { readonly do: 'stream'; readonly pieces: number; readonly bytes: number; readonly every?: Millis; readonly breaks?: boolean }
  | { readonly do: 'hang' }
  /** The connection dies once the request was read. */
  | { readonly do: 'reset' }
