import { encodeLoadReport, IN_FLIGHT_METRIC, type LoadReport, LONGEST_REPORT } from '@inmesh/policy'

/** An entry of a map up to its value, a double: tag, length and text of its name, tag of the value. Names hold no such tags. */
const ENTRY = Buffer.from(`\x0a${String.fromCharCode(IN_FLIGHT_METRIC.length)}${IN_FLIGHT_METRIC}\x11`)

/**
 * The message of a report in which the number of requests in flight is overwritten, so that each reply tells how many there
 * are now without the whole being encoded anew.
 */
export class ReportBytes {
  /** Undefined where the report is longer than anybody reads. */
  readonly #bytes: Uint8Array | undefined
  /** Where the double stands; negative where the report has none. */
  readonly #at: number

  constructor(report: LoadReport) {
    const bytes = encodeLoadReport(report)
    // There is one: the name is reserved among the utilisations, too.
    const entry = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(ENTRY)
    this.#at = entry < 0 ? -1 : entry + ENTRY.length
    this.#bytes = bytes.length > LONGEST_REPORT ? undefined : bytes
  }

  /** Bytes of one's own: whoever sends them may keep them. */
  with(inFlight: number): Uint8Array | undefined {
    if (this.#bytes === undefined) return undefined
    const bytes = this.#bytes.slice()
    if (this.#at >= 0) new DataView(bytes.buffer).setFloat64(this.#at, inFlight, true)
    return bytes
  }
}
