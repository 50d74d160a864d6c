/** Carries a report in text: `JSON {…}`, `TEXT k=v, …` or `BIN <base64>` (Envoy). */
export const LOAD_REPORT_HEADER = 'endpoint-load-metrics'
/** Carries the protobuf message: base64 in a header over HTTP, bytes in a trailer of gRPC (gRFC A51). */
export const LOAD_REPORT_BIN_HEADER = 'endpoint-load-metrics-bin'

/** Numbers by name. One that was read from a header has no prototype, so no name of it can be mistaken for a method. */
export type Metrics = Readonly<Record<string, number>>

/**
 * What a server says of its own load: ORCA's `OrcaLoadReport` (cncf/xds, `xds.data.orca.v3`) under JavaScript names. What is
 * absent was not said. ORCA's message cannot tell 0 from nothing, so a 0 in it is absent here.
 */
export interface LoadReport {
  /** Share of the processors in use, 0 and up; above 1 where more is used than is meant to be. */
  readonly cpuUtilization?: number
  /** Share of the memory in use, 0–1. */
  readonly memUtilization?: number
  /** The server's own idea of how busy it is, 0 and up; 1 is all it can do. Goes before `cpuUtilization` where both are said. */
  readonly applicationUtilization?: number
  /** Requests a second, of all callers. */
  readonly rpsFractional?: number
  /** Failed requests a second, of all callers. */
  readonly eps?: number
  /** Whatever the application wants to tell, in units of its own. */
  readonly namedMetrics?: Metrics
  /** Shares of resources of the application's, each 0 and up. */
  readonly utilization?: Metrics
  /** What this one request cost, in units of the application's. Not in `TEXT`, whose grammar has no place for it. */
  readonly requestCost?: Metrics
}

/** Longer than this, in characters or bytes, no report is read. Node's whole head is 16 KiB. */
export const LONGEST_REPORT = 4096
/** Of each of the three kinds by name; a report with more is ignored, and no more are written. */
export const MOST_METRICS = 32
/** In characters. */
export const LONGEST_NAME = 128

/** Names that lead to prototypes in objects of whoever copies a report. */
const UNSAFE: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
// What ends a name or a value in TEXT, quotes in JSON, or may not stand in a header.
const WRITABLE = /^[!#-+\-./0-9;<>-[\]-~]{1,128}$/

/** Whether a name may be kept. */
export function isMetricName(name: string): boolean {
  return name.length > 0 && name.length <= LONGEST_NAME && !UNSAFE.has(name)
}

/** Whether a name can also be written in every form: visible ASCII without comma, colon, equals sign, quote and backslash. */
export function isWritableName(name: string): boolean {
  return WRITABLE.test(name) && !UNSAFE.has(name)
}

/** Numbers that are known by name are never below 0: a share, a rate. */
export function isLevel(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity
}

/** What of a report can be written: its levels above 0 and its named numbers, in the order of ORCA's message. */
export function levelsOf(report: LoadReport): [field: LevelField, value: number][] {
  return LEVELS.map((field): [LevelField, number] => [field, report[field] ?? 0]).filter(([, value]) => isLevel(value) && value > 0)
}

/** The named numbers of one kind that can be written. */
export function metricsOf(metrics: Metrics | undefined): [name: string, value: number][] {
  return Object.entries(metrics ?? {}).filter(([name, value]) => isWritableName(name) && Number.isFinite(value)).slice(0, MOST_METRICS)
}

export type LevelField = 'cpuUtilization' | 'memUtilization' | 'rpsFractional' | 'eps' | 'applicationUtilization'
export type MetricsField = 'requestCost' | 'utilization' | 'namedMetrics'

/** In the order of their numbers in ORCA's message. */
const LEVELS: readonly LevelField[] = ['cpuUtilization', 'memUtilization', 'rpsFractional', 'eps', 'applicationUtilization']

/** ORCA's own spelling, as in its message and in Envoy's header. */
export const LEVEL_NAMES: Readonly<Record<LevelField, string>> = {
  cpuUtilization: 'cpu_utilization',
  memUtilization: 'mem_utilization',
  rpsFractional: 'rps_fractional',
  eps: 'eps',
  applicationUtilization: 'application_utilization',
}
export const METRICS_NAMES: Readonly<Record<MetricsField, string>> = {
  requestCost: 'request_cost',
  utilization: 'utilization',
  namedMetrics: 'named_metrics',
}
