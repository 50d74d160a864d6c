import { loud, type MeshEvent, type Source } from '@inmesh/pipeline'
import { createNoopMeter, metrics, type BatchObservableCallback, type Meter, type MeterProvider } from '@opentelemetry/api'
import { Gauges } from './gauges.ts'
import { write } from './handlers.ts'
import { instrumentsOf } from './instruments.ts'
import type { Convention } from './names.ts'
import type { LabelValues } from '../label-values.ts'
import { Recording } from './recording.ts'
import { SCOPE } from '../scope.ts'

export interface MeteringTerms {
  readonly endpoints: boolean
  readonly conventions: ReadonlySet<Convention>
  /** Undefined: OpenTelemetry's global one. */
  readonly meterProvider: MeterProvider | undefined
}

/** Metrics, from when there is somewhere for them to go. */
export class Metering {
  private readonly terms: MeteringTerms
  private readonly values: LabelValues
  private readonly gauges: Gauges
  private recording: Recording | undefined = undefined
  private isBroken = false
  private isFaulty = false

  constructor(terms: MeteringTerms, values: LabelValues, dropped: (() => number) | undefined) {
    this.terms = terms
    this.values = values
    this.gauges = new Gauges(this.values, terms.endpoints, dropped)
  }

  hear(event: MeshEvent): void {
    const recording = this.recording ?? this.begin()
    if (recording === undefined) return
    try {
      write(event, recording)
    } catch (error) {
      this.tellFault(error)
    }
  }

  watch(source: Source): () => void {
    this.gauges.sources.add(source)
    this.begin()
    return () => this.gauges.sources.delete(source)
  }

  /**
   * OpenTelemetry's API hands out what does nothing until an SDK is registered, and what it has handed out stays that way:
   * so it is asked again, for as long as nobody is there.
   */
  private begin(): Recording | undefined {
    if (this.recording !== undefined || this.isBroken) return this.recording
    try {
      const meter = (this.terms.meterProvider ?? metrics.getMeterProvider()).getMeter(SCOPE)
      if (meter === noMeter) return undefined
      this.recording = this.recordTo(meter)
    } catch (error) {
      // Instruments that were made halfway are not made again: exporters would have some of them twice.
      this.isBroken = true
      this.tellFault(error)
    }
    return this.recording
  }

  private recordTo(meter: Meter): Recording {
    const instruments = instrumentsOf(meter, this.terms.conventions)
    const recording = new Recording(instruments, this.values, this.terms.endpoints)
    const observe: BatchObservableCallback = (result) => {
      try {
        this.gauges.observe(recording, result)
      } catch (error) {
        this.tellFault(error)
      }
    }
    meter.addBatchObservableCallback(observe, Object.values(instruments.asked))
    return recording
  }

  private tellFault(error: unknown): void {
    if (!this.isFaulty) loud('otel: what OpenTelemetry was told it answered with an error; that is not reported again', error)
    this.isFaulty = true
  }
}

const noMeter = createNoopMeter()
