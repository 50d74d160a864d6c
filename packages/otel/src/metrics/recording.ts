import type { Attributes } from '@opentelemetry/api'
import type { Instruments } from './instruments.ts'
import type { LabelValues } from '../label-values.ts'
import type { KeyOf } from './names.ts'

/** What events are written down with. */
export class Recording {
  readonly values: LabelValues
  readonly instruments: Instruments
  private readonly byEndpoint: boolean

  constructor(instruments: Instruments, values: LabelValues, byEndpoint: boolean) {
    this.instruments = instruments
    this.values = values
    this.byEndpoint = byEndpoint
  }

  count(key: KeyOf<'counter'>, attributes: Attributes, by = 1): void {
    this.instruments.counters[key].add(by, attributes)
  }

  /** `ms` as seconds. A clock that somebody has set back is not a reason to lose the sample. */
  time(key: KeyOf<'histogram'>, ms: number, attributes: Attributes): void {
    this.instruments.histograms[key]?.record(ms > 0 ? ms / 1000 : 0, attributes)
  }

  /** Of a service. */
  of({ service }: { readonly service: string }): Attributes {
    return { 'inmesh.service': this.values.service(service) }
  }

  operationOf(event: { readonly service: string; readonly operation: string }): Attributes {
    return { 'inmesh.service': this.values.service(event.service), 'inmesh.operation': this.values.operation(event.service, event.operation) }
  }

  /** Of a service, and of its endpoint where that was asked for. */
  endpointOf(event: { readonly service: string; readonly endpoint: string }): Attributes {
    return this.addEndpoint({ 'inmesh.service': this.values.service(event.service) }, event)
  }

  addEndpoint(attributes: Attributes, { service, endpoint }: { readonly service: string; readonly endpoint: string }): Attributes {
    if (this.byEndpoint) attributes['inmesh.endpoint'] = this.values.endpoint(service, endpoint)
    return attributes
  }

  server(event: { readonly service: string; readonly operation: string }): Attributes {
    return { 'inmesh.server': this.values.service(event.service), 'inmesh.operation': this.values.operation(event.service, event.operation) }
  }

  limit(event: { readonly limit: string }): Attributes {
    return { 'inmesh.limit': this.values.word(event.limit) }
  }
}
