import { formatLoadReport, IN_FLIGHT_METRIC, type LoadReport, type LoadReportForm } from '@inmesh/policy'

/**
 * The text of a report with a gap where requests in flight stand, so that each reply tells how many there are now without
 * the whole being written anew. In `bin`, where the number is inside of base64, it stays what it was.
 */
export class HeaderText {
  /** Undefined where the report is longer than anybody reads. */
  readonly #before: string | undefined
  readonly #after: string | undefined

  constructor(report: LoadReport, form: LoadReportForm) {
    const text = formatLoadReport(report, form)
    const name = form === 'json' ? `"named_metrics":{"${IN_FLIGHT_METRIC}":` : `,named_metrics.${IN_FLIGHT_METRIC}=`
    const at = form === 'bin' || text === undefined ? -1 : text.indexOf(name)
    const from = at + name.length
    this.#before = at < 0 ? text : text?.slice(0, from)
    this.#after = at < 0 ? undefined : text?.slice(from).replace(/^\d+/, '')
  }

  with(inFlight: number): string | undefined {
    return this.#before === undefined || this.#after === undefined ? this.#before : this.#before + inFlight + this.#after
  }
}
