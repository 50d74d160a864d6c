import type { TracerProvider } from '@opentelemetry/api'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { channel } from 'node:diagnostics_channel'
import type { Dispatcher } from 'undici'
import { bareMemory, type MemoryContender } from '../wire/memory-contender.ts'
import { meterProvider } from './meter-provider.ts'

const create = channel('undici:request:create')
const sendHeaders = channel('undici:client:sendHeaders')
const headers = channel('undici:request:headers')
const trailers = channel('undici:request:trailers')
const socket = { remoteAddress: '127.0.0.1', remotePort: 8080 }
const response = { statusCode: 200, headers: [Buffer.from('content-type'), Buffer.from('application/json')], statusText: 'OK' }

/** What undici's own request objects show to whoever subscribes. */
class Announced {
  readonly origin = 'http://catalog:8080'
  readonly path = '/items/42'
  readonly method = 'GET'
  readonly headers: string[] = []
  readonly completed = false

  addHeader(name: string, value: string): void {
    this.headers.push(name, value)
  }
}

/** The bare wire, announcing what undici announces, and as undici does only what somebody has subscribed to. */
export function announcing(): MemoryContender {
  const wire = bareMemory()
  return {
    ...wire,
    name: 'undici',
    send: (handler) => {
      const request = new Announced()
      if (create.hasSubscribers) create.publish({ request })
      if (sendHeaders.hasSubscribers) sendHeaders.publish({ request, headers: '', socket })
      wire.send(new Announcing(handler, request))
    },
  }
}

/** Subscribed for as long as it is at work alone, so that what it is measured against is not heard. */
export function instrumented(name: string, traces?: TracerProvider): MemoryContender {
  const instrumentation = new UndiciInstrumentation()
  instrumentation.setMeterProvider(meterProvider())
  if (traces !== undefined) instrumentation.setTracerProvider(traces)
  instrumentation.disable()
  const wire = announcing()
  return {
    ...wire,
    name,
    begin: () => instrumentation.enable(),
    end: () => instrumentation.disable(),
  }
}

class Announcing implements Dispatcher.DispatchHandler {
  private readonly handler: Dispatcher.DispatchHandler
  private readonly request: Announced

  constructor(handler: Dispatcher.DispatchHandler, request: Announced) {
    this.handler = handler
    this.request = request
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.handler.onRequestStart?.(controller, context)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, head: Record<string, string>): void {
    if (headers.hasSubscribers) headers.publish({ request: this.request, response })
    this.handler.onResponseStart?.(controller, status, head)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.handler.onResponseData?.(controller, chunk)
  }

  onResponseEnd(controller: Dispatcher.DispatchController, tail: Record<string, string>): void {
    if (trailers.hasSubscribers) trailers.publish({ request: this.request, trailers: [] })
    this.handler.onResponseEnd?.(controller, tail)
  }
}
