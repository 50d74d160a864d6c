import { type HeaderValue, single } from '../deadline/header-value.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { decodeLoadReport, encodeLoadReport } from './bin.ts'
import { formatJson, parseJson } from './json.ts'
import { LOAD_REPORT_BIN_HEADER, LOAD_REPORT_HEADER, type LoadReport, LONGEST_REPORT } from './report.ts'
import { formatText, parseText } from './text.ts'

/** How a report is written: `json` every Envoy that knows the header reads; `text` is shorter; `bin` is gRPC's message in base64. */
export type LoadReportForm = 'json' | 'text' | 'bin'

const JSON_FORM = 'JSON '
const TEXT_FORM = 'TEXT '
const BIN_FORM = 'BIN '

/**
 * A value of `endpoint-load-metrics`: `JSON {"cpu_utilization":0.7}`, `TEXT cpu_utilization=0.7`, `BIN CWZm…`. Undefined
 * where there is nothing to say. What cannot be written is left out: a number that is negative or not finite, a name that
 * is no visible ASCII or has a comma, colon, equals sign, quote or backslash, and what is beyond 32 names of a kind.
 */
export function formatLoadReport(report: LoadReport, form: LoadReportForm): string | undefined {
  const text = textOf(report, form)
  return text === undefined || text.length > LONGEST_REPORT ? undefined : text
}

function textOf(report: LoadReport, form: LoadReportForm): string | undefined {
  if (form === 'bin') {
    const bytes = encodeLoadReport(report)
    return bytes.length === 0 ? undefined : BIN_FORM + encodeBase64(bytes)
  }
  const text = form === 'json' ? formatJson(report) : formatText(report)
  return text === '{}' || text === '' ? undefined : (form === 'json' ? JSON_FORM : TEXT_FORM) + text
}

/**
 * A value of `endpoint-load-metrics`, in any of its forms. Undefined for what is not one: it comes from anybody, and never
 * throws. All of it or nothing; fields that it does not know are skipped.
 */
export function parseLoadReport(value: HeaderValue): LoadReport | undefined {
  const text = single(value, LONGEST_REPORT)
  if (text === undefined) return undefined
  if (text.startsWith(JSON_FORM)) return parseJson(text.slice(JSON_FORM.length))
  if (text.startsWith(TEXT_FORM)) return parseText(text.slice(TEXT_FORM.length))
  return text.startsWith(BIN_FORM) ? parseBin(text.slice(BIN_FORM.length)) : undefined
}

/** A value of `endpoint-load-metrics-bin`: the message in base64, with or without its padding (grpc-go leaves it out). */
export function parseLoadReportBin(value: HeaderValue): LoadReport | undefined {
  const text = single(value, LONGEST_REPORT)
  return text === undefined ? undefined : parseBin(text)
}

/** The report of a reply, `get` being its headers in lower case. As in Envoy the binary header goes first. */
export function readLoadReport(get: (name: string) => HeaderValue): LoadReport | undefined {
  const bin = get(LOAD_REPORT_BIN_HEADER)
  return bin === undefined ? parseLoadReport(get(LOAD_REPORT_HEADER)) : parseLoadReportBin(bin)
}

function parseBin(text: string): LoadReport | undefined {
  const bytes = text === '' ? undefined : decodeBase64(text)
  return bytes === undefined ? undefined : decodeLoadReport(bytes)
}
