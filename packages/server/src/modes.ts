import { absent, enforcement, killSwitchVariable, parseKillSwitch, strictest, type Enforcement, type MeshHost, type Mode } from '@inmesh/pipeline'
import type { Limits } from './limits/limits.ts'
import type { ServerOptions } from './options.ts'

/** How far each policy may go under the mode that is in force. */
export interface Terms {
  readonly mode: Mode
  /** Of what calls beneath inherit, and of what a hang-up ends: the server's own. */
  readonly inbound: Enforcement
  readonly deadline: Enforcement
  readonly admission: Enforcement
  /** Whether anything acts for a share of requests only, so that dice are needed. */
  readonly draws: boolean
}

/**
 * Of admission that nobody has set. A service that waits for others may begin cold with far more in hand than a limit has been
 * found for, and a busy job in its process makes the loop late: what would be refused is told before it is.
 */
const watching = { mode: 'observe' } as const

/** The modes of a server: no policy goes further than the server, that no further than the mesh and the environment. */
export class Modes {
  private readonly host: MeshHost | undefined
  private readonly options: ServerOptions
  private readonly limits: Limits
  private readonly environment: Mode
  private last: Terms

  constructor(host: MeshHost | undefined, options: ServerOptions, limits: Limits) {
    this.host = host
    this.options = options
    this.limits = limits
    this.environment = modeOfEnvironment()
    this.last = this.compiled(this.ceiling)
  }

  get ceiling(): Mode {
    return strictest(this.environment, this.host?.mode(), this.options.mode)
  }

  /** At this moment: a kill switch is heard by the next request. */
  get terms(): Terms {
    const { ceiling } = this
    if (ceiling !== this.last.mode) this.last = this.compiled(ceiling)
    return this.last
  }

  private compiled(mode: Mode): Terms {
    const { deadline, admission, limits = [] } = this.options
    const shareOf = (own: { readonly mode?: Mode } | false | undefined): Enforcement => (own === false ? absent : enforcement(strictest(mode, own?.mode)))
    this.limits.under(mode)
    const shares = { inbound: enforcement(mode), deadline: shareOf(deadline), admission: shareOf(admission ?? watching) }
    const draws = [shares.inbound, shares.deadline, shares.admission, ...limits.map(shareOf)].some((share) => share > 0 && share < 1)
    return { mode, ...shares, draws }
  }
}

function modeOfEnvironment(): Mode {
  const value = process.env[killSwitchVariable]
  const mode = parseKillSwitch(value)
  if (mode === undefined) throw new TypeError(`environment variable ${killSwitchVariable}: got ${JSON.stringify(value)} (accepted: off, observe, on)`)
  return mode
}
