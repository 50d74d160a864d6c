import { Draft } from './draft.ts'
import {
  levelsOf, type LevelField, type LoadReport, LONGEST_REPORT, metricsOf, type MetricsField,
} from './report.ts'
import { BYTES, FIXED64, VARINT, WireReader, WireWriter } from './wire.ts'

// The numbers of `xds.data.orca.v3.OrcaLoadReport` (cncf/xds, xds/data/orca/v3/orca_load_report.proto).
const LEVEL_NUMBERS: Readonly<Record<LevelField, number>> = {
  cpuUtilization: 1, memUtilization: 2, rpsFractional: 6, eps: 7, applicationUtilization: 9,
}
/** Deprecated there; whole. */
const RPS = 3
const METRICS_NUMBERS: Readonly<Record<MetricsField, number>> = { requestCost: 4, utilization: 5, namedMetrics: 8 }
// Of an entry of a map.
const NAME = 1
const VALUE = 2

const levelTags = tags(LEVEL_NUMBERS, FIXED64)
const metricsTags = tags(METRICS_NUMBERS, BYTES)

/** The message as it stands in a trailer of gRPC. */
export function encodeLoadReport(report: LoadReport): Uint8Array {
  const writer = new WireWriter()
  for (const [field, value] of levelsOf(report)) writer.double(LEVEL_NUMBERS[field], value)
  for (const [field, number] of Object.entries(METRICS_NUMBERS) as [MetricsField, number][]) {
    for (const [name, value] of metricsOf(report[field])) writer.block(number, entry(name, value))
  }
  return writer.bytes
}

/** Undefined for bytes that are not the message, are more than 4,096, or say what cannot be. Fields that it does not know it skips. */
export function decodeLoadReport(bytes: Uint8Array): LoadReport | undefined {
  if (bytes.length > LONGEST_REPORT) return undefined
  const reader = new WireReader(bytes)
  const draft = new Draft()
  while (reader.more) take(draft, reader, reader.tag())
  return reader.broken ? undefined : draft.report
}

function take(draft: Draft, reader: WireReader, tag: number): void {
  const level = levelTags.get(tag)
  const metrics = metricsTags.get(tag)
  if (level !== undefined) draft.level(level, reader.double())
  else if (metrics !== undefined) takeEntry(draft, metrics, reader.message())
  else if (tag === ((RPS << 3) | VARINT)) draft.rps(reader.varint())
  else if (tag < 8) draft.spoil()
  else reader.skip(tag % 8)
}

function takeEntry(draft: Draft, field: MetricsField, entryReader: WireReader): void {
  let name: string | undefined = ''
  let value = 0
  while (entryReader.more) {
    const tag = entryReader.tag()
    if (tag === ((NAME << 3) | BYTES)) name = entryReader.text()
    else if (tag === ((VALUE << 3) | FIXED64)) value = entryReader.double()
    else entryReader.skip(tag % 8)
  }
  if (entryReader.broken || name === undefined) draft.spoil()
  else draft.metric(field, name, value)
}

function entry(name: string, value: number): Uint8Array {
  const writer = new WireWriter()
  writer.text(NAME, name)
  writer.double(VALUE, value)
  return writer.bytes
}

function tags<F extends string>(numbers: Readonly<Record<F, number>>, type: number): ReadonlyMap<number, F> {
  return new Map((Object.entries(numbers) as [F, number][]).map(([field, number]) => [(number << 3) | type, field]))
}
