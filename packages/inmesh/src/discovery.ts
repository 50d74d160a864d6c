import { loud } from '@inmesh/pipeline'
import type { HttpService } from '@inmesh/http'

/** What a source of endpoints has told beside its lists: for `inspect()`, as events, and once as a warning. */
export class Discovery {
  private readonly service: HttpService['core']
  private failing: { readonly since: number; readonly error: unknown } | undefined = undefined
  private noted: string | undefined = undefined
  private warned = false

  constructor({ core }: HttpService) {
    this.service = core
  }

  get notes(): readonly string[] {
    const { failing, noted, service } = this
    const notes = noted === undefined ? [] : [noted]
    if (failing === undefined) return notes
    const seconds = Math.round((service.clock.now() - failing.since) / 1000)
    return [...notes, `Discovery has been failing for ${seconds} s (${textOf(failing.error)}); what it last said stays in force.`]
  }

  /** Warned of when it begins; each further failure is an event only. */
  failed(error: unknown): void {
    const { observers, service, clock } = this.service
    if (this.failing === undefined) loud(`${service}: its source of endpoints failed; the last list stays in force`, error)
    this.failing = { since: this.failing?.since ?? clock.now(), error }
    this.service.lost = error
    if (observers.active) observers.emit({ type: 'discovery-failed', service, at: clock.now(), error })
  }

  listed(): void {
    this.failing = undefined
    this.service.lost = undefined
  }

  note(text: string | undefined): void {
    if (text === this.noted) return
    this.noted = text
    const { observers, service, clock } = this.service
    if (text === undefined) return
    if (observers.active) observers.emit({ type: 'discovery-noted', service, at: clock.now(), note: text })
    else if (!this.warned) loud(`${service}: ${text}`)
    this.warned = true
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
