import { fork, type ChildProcess } from 'node:child_process'
import type { HopTold } from './hop-process.ts'

/** One hop's process with what it tells, in order. */
export class Hop {
  readonly child: ChildProcess
  private readonly told: HopTold[] = []
  private waiting: (() => void) | undefined

  constructor(program: URL, args: readonly string[]) {
    this.child = fork(program, args, { execArgv: ['--conditions=@inmesh/source'] })
    this.child.on('message', (told: HopTold) => {
      this.told.push(told)
      this.waiting?.()
    })
  }

  /** All that it has told and nobody has taken. */
  get all(): HopTold[] {
    return [...this.told]
  }

  /** What a test that failed left behind. */
  forget(): void {
    this.told.length = 0
  }

  /** The next thing it tells, which must be this. */
  async tells<W extends HopTold['what']>(what: W): Promise<Extract<HopTold, { what: W }>> {
    while (this.told.length === 0) await new Promise<void>((resolve) => { this.waiting = resolve })
    const told = this.told.shift()!
    if (told.what !== what) throw new Error(`the hop told "${told.what}", and "${what}" was due`)
    return told as Extract<HopTold, { what: W }>
  }
}

export async function startHop(program: URL, ...args: readonly string[]): Promise<{ hop: Hop; port: number }> {
  const hop = new Hop(program, args)
  const { port } = await hop.tells('port')
  return { hop, port }
}
