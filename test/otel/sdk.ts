import { ProxyTracerProvider, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node'
import type { PolicyConfig } from 'inmesh'
import type { IncomingMessage, RequestListener } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll } from 'vitest'
import { listen } from '../server/listen.ts'
import { Receiver, type Received } from './receiver.ts'

process.env['OTEL_METRICS_EXPORTER'] = 'none'
process.env['OTEL_LOGS_EXPORTER'] = 'none'

/** OpenTelemetry's SDK as applications start it, once for the process, with a receiver behind it. */
export class Sdk {
  readonly receiver: Receiver
  private readonly sdk: NodeSDK

  static async start(configuration: Partial<NodeSDKConfiguration> = {}): Promise<Sdk> {
    const receiver = await Receiver.start()
    const sdk = new NodeSDK({ serviceName: 'shop', traceExporter: new OTLPTraceExporter({ url: receiver.url }), ...configuration })
    sdk.start()
    afterAll(async () => {
      await sdk.shutdown()
      receiver.close()
    })
    return new Sdk(receiver, sdk)
  }

  private constructor(receiver: Receiver, sdk: NodeSDK) {
    this.receiver = receiver
    this.sdk = sdk
  }

  /** All that came since it was asked last, in the order in which they began; where there should be so many, once they are there. */
  async spans(count = 0): Promise<Received[]> {
    const provider = trace.getTracerProvider()
    const real = (provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider) as { forceFlush?(): Promise<void> }
    const until = performance.now() + 3000
    do {
      await real.forceFlush?.()
      if (this.receiver.spans.length >= count) break
      await pause(5)
    } while (performance.now() < until)
    return this.receiver.spans.splice(0).toSorted((a, b) => a.start - b.start)
  }

  shutdown(): Promise<void> {
    return this.sdk.shutdown()
  }
}

/** The spans of calls, and those of tries. */
export function ours(spans: readonly Received[]): { readonly calls: Received[]; readonly tries: Received[]; readonly others: Received[] } {
  const own = spans.filter(({ scope }) => scope === '@inmesh/otel')
  return {
    calls: own.filter(({ attributes }) => attributes['inmesh.cause'] === undefined),
    tries: own.filter(({ attributes }) => attributes['inmesh.cause'] !== undefined),
    others: spans.filter(({ scope }) => scope !== '@inmesh/otel'),
  }
}

/** One retry, at once, to another one. */
export const retrying: PolicyConfig = { balance: 'round-robin', eject: false, backup: false, rescue: false, retry: { backoff: { min: 0, max: 0 } }, budget: { ratio: 1, initial: 100 } }

export interface Served {
  readonly url: string
  readonly port: number
  /** Headers of every request so far. */
  readonly seen: IncomingMessage['headers'][]
  /** The headers of every request so far, each line of its own. */
  readonly raw: string[][]
}

/** A server on a free loopback port. */
export async function served(listener: RequestListener = (_req, res) => res.end('yes')): Promise<Served> {
  const seen: IncomingMessage['headers'][] = []
  const raw: string[][] = []
  const url = await listen((req, res) => {
    seen.push(req.headers)
    raw.push(req.rawHeaders)
    listener(req, res)
  })
  return { url, port: Number(new URL(url).port), seen, raw }
}

/** What a callee was told of where it hangs; its lines together, as HTTP has them where one comes twice. */
export function placeIn(headers: IncomingMessage['headers'] | undefined): { readonly traceId: string; readonly id: string; readonly sampled: boolean } | undefined {
  const [, traceId = '', id = '', flags = ''] = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(String(headers?.['traceparent'] ?? '')) ?? []
  return traceId === '' ? undefined : { traceId, id, sampled: flags === '01' }
}
