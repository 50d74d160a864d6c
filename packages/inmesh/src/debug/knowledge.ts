import { lineOf, type Clock, type MeshEvent, type Source } from '@inmesh/pipeline'
import type { Instant } from '@inmesh/policy'
import { configOf } from '../config-of.ts'
import type { MeshSnapshot } from '../inspect.ts'
import type { Debugged } from './debugged.ts'
import { ProcessWatch, type ProcessFacts } from './process-facts.ts'
import { Recorder, type Count, type Recorded, type Wanted } from './recorder.ts'
import { redacted } from './redact.ts'
import { readVersions } from './versions.ts'

/** An event as it is told. */
export interface ToldEvent {
  /** Time of day, computed back from now. */
  readonly time: string
  readonly type: string
  readonly service: string
  /** In words, where there are any. */
  readonly says?: string
  readonly [field: string]: unknown
}

/** A server as its snapshot tells it: the package of servers is not known here. */
export interface ToldServer {
  readonly name: string
  readonly state: string
  readonly inFlight: number
  readonly waiting: number
  readonly admission?: { readonly limit: number; readonly delay: number; readonly overloaded: boolean }
  readonly limits?: readonly { readonly name: string; readonly admitted: number }[]
  readonly requests?: Readonly<Record<string, unknown>>
}

/** What is known, asked when it is wanted. All that comes out of it has been through `redacted`. */
export class Knowledge {
  readonly since: Date = new Date()
  private readonly mesh: Debugged
  private readonly recorder: Recorder
  private readonly sources = new Set<Source>()
  private readonly watch = new ProcessWatch()
  private readonly stop: () => void

  constructor(mesh: Debugged, keep: number) {
    this.mesh = mesh
    this.recorder = new Recorder(keep)
    this.stop = mesh.observe(Object.assign((event: MeshEvent) => this.recorder.hear(event), { watch: (source: Source) => this.hold(source) }))
  }

  get name(): string | undefined {
    const { service } = this.mesh.host
    return service === undefined ? undefined : (redacted(service) as string)
  }

  get clock(): Clock {
    return this.mesh.host.clock
  }

  /** Of the same form: nothing in it but a policy has a name under which a secret would be. */
  snapshot(): MeshSnapshot {
    return redacted(this.mesh.inspect()) as MeshSnapshot
  }

  /** Servers around the mesh. */
  servers(): readonly ToldServer[] {
    return redacted([...this.sources].flatMap((source) => source.state().servers)) as readonly ToldServer[]
  }

  /** How often those who listen, or follow calls, have thrown: what they tell may have gaps. */
  observerFaults(): number {
    return [...this.sources].reduce((sum, source) => sum + source.state().observerFaults, 0)
  }

  /** Newest first. */
  events(wanted: Wanted & { readonly most: number }): readonly ToldEvent[] {
    const now = this.clock.now()
    const today = Date.now()
    return this.recorder.list(wanted).slice(0, wanted.most).map((recorded) => told(recorded, now, today))
  }

  counts(): Readonly<Record<string, Count>> {
    return this.recorder.counts()
  }

  process(): ProcessFacts {
    return this.watch.facts()
  }

  /** What somebody who was not there needs to understand it. A part that cannot be told is said to be so, and the others are there. */
  dump(): unknown {
    const parts = {
      about: () => ({ what: 'inmesh debug dump', form: 1, made: new Date().toISOString(), recordingSince: this.since.toISOString(), service: this.name, now: this.clock.now() }),
      redacted: () => REDACTED_IS,
      versions: () => readVersions(),
      process: () => this.process(),
      config: () => redacted(configOf(this.mesh)),
      mesh: () => this.snapshot(),
      servers: () => this.servers(),
      observerFaults: () => this.observerFaults(),
      counts: () => this.counts(),
      events: () => this.events({ most: MOST_DUMPED }),
    }
    return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, attempt(part)]))
  }

  close(): void {
    this.stop()
    // Whatever it is mounted in keeps the handler for as long as it runs.
    this.recorder.forget()
    this.watch.close()
    this.sources.clear()
  }

  private hold(source: Source): () => void {
    this.sources.add(source)
    return () => this.sources.delete(source)
  }
}

const MOST_DUMPED = 1_000

/** Stated in each dump, for whoever is asked to send one. */
const REDACTED_IS: readonly string[] = [
  'Credentials, queries and fragments of URLs; keys and certificates in PEM; tokens of known forms, JWT and long hexadecimal numbers; what follows names such as password=, token: and Authorization: in texts.',
  'Values of fields whose names say key, cert, ca, token, secret, password, auth, cookie, session, affinity and the like, keys of rate limits among them; values of headers and metadata; functions and bytes.',
  'Arguments and environment of the process, bodies, headers and paths of calls are not recorded at all.',
  'Not known to be secret: names of services, endpoints, operations and labels, and what error messages say in words of their own. Read it before you send it.',
]

function attempt(part: () => unknown): unknown {
  try {
    return part()
  } catch (error) {
    return { failed: redacted(error) }
  }
}

function told({ event }: Recorded, now: Instant, today: number): ToldEvent {
  const { type, service, at, ...rest } = event
  const says = lineOf(event, 'info')?.message
  return redacted({ time: new Date(today - (now - at)).toISOString(), type, service, ...(says === undefined ? {} : { says }), ...rest, at }) as ToldEvent
}
