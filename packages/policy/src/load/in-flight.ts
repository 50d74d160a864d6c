import { type HeaderValue, single } from '../deadline/header-value.ts'
import { parseLoadReport } from './load-report-header.ts'
import { isLevel, LONGEST_REPORT } from './report.ts'

/** The name under `named_metrics` by which a server tells how many requests it has in flight; ORCA has no field for it. */
export const IN_FLIGHT_METRIC = 'in_flight'

const IN_JSON = /"in_flight"\s*:\s*(\d{1,9})(?:\.\d{1,20})?\s*[,}]/
const IN_TEXT = /[ ,]named_metrics\.in_flight\s*[=:]\s*(\d{1,9})(?:\.\d{1,20})?\s*(?:,|$)/

/**
 * What a value of `endpoint-load-metrics` says of requests in flight, whole ones; undefined where it says nothing of it. It is
 * looked up in every reply, and a reply's report differs from the one before in this number at the least: reading it alone takes a
 * tenth of the time that the whole report takes. So the rest is not checked, and a mistake in it spoils nothing.
 */
export function inFlightIn(value: HeaderValue): number | undefined {
  const text = single(value, LONGEST_REPORT)
  if (text === undefined) return undefined
  if (text.startsWith('BIN ')) return whole(parseLoadReport(text)?.namedMetrics?.[IN_FLIGHT_METRIC])
  const found = text.startsWith('JSON {') ? IN_JSON.exec(text) : text.startsWith('TEXT ') ? IN_TEXT.exec(text) : null
  return found === null ? undefined : Number(found[1])
}

function whole(value: number | undefined): number | undefined {
  return isLevel(value) && value < 1e9 ? Math.floor(value) : undefined
}
