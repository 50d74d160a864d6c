import type { MeshEvent, Observer, Source } from '@inmesh/pipeline'
import { termsOf, type OtelOptions } from './options.ts'
import { Telemetry } from './telemetry.ts'

/**
 * What a mesh and its servers decide, as OpenTelemetry metrics: `createMesh({ observers: [otel()] })`. Needs no SDK to be there;
 * with none it does nothing. An API that throws never reaches a call, and is told of once, as a process warning.
 *
 * Throws one `TypeError` that lists every mistake in the options. Starts nothing, and has nothing to close.
 */
export function otel(options: OtelOptions = {}): Observer {
  const telemetry = new Telemetry(termsOf(options))
  return Object.assign((event: MeshEvent) => telemetry.hear(event), { watch: (source: Source) => telemetry.watch(source) })
}
