import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pRetry from 'p-retry'
import { freePort } from '../programs/free-port.ts'
import { RunningProgram } from '../programs/running-program.ts'
import { redisBinary } from './redis-binary.ts'

/** How far above a node's own port lies that which a cluster's nodes speak to each other on. */
const SECOND_PORT = 10_000

/** A Redis of our own on a free port of the loopback, that keeps nothing. */
export class RedisServer {
  readonly port: number
  private readonly folder: string
  private readonly options: readonly string[]
  private program: RunningProgram | undefined = undefined

  constructor(port: number, folder: string, options: readonly string[]) {
    this.port = port
    this.folder = folder
    this.options = options
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Again, on the same port, after it was stopped: it knows nothing of what was. */
  async start(): Promise<void> {
    const args = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.folder, '--save', '', '--appendonly', 'no', '--daemonize', 'no', ...this.options]
    const program = new RunningProgram(await redisBinary(), 'redis-server', args)
    this.program = program
    await program.ready(async () => void (await said(this.port, 'PING\r\n')), { times: 200, every: 20 })
  }

  signal(signal: NodeJS.Signals): void {
    this.program?.signal(signal)
  }

  /** At once, as a machine that fails: whoever is connected sees a closed socket. */
  async stop(): Promise<void> {
    await this.program?.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export async function redisServer(...options: readonly string[]): Promise<RedisServer> {
  // Between finding a port and listening on it, somebody else may have taken it.
  const attempt = async (): Promise<RedisServer> => {
    const server = new RedisServer(await freePort(SECOND_PORT), mkdtempSync(join(tmpdir(), 'inmesh-redis-')), options)
    try {
      await server.start()
    } catch (error) {
      // One that runs and answers nonsense would outlive the tests.
      await server[Symbol.asyncDispose]()
      throw error
    }
    return server
  }
  return pRetry(attempt, { retries: 3, minTimeout: 10 })
}

/** Three primaries that share all slots, and know each other. */
export class RedisCluster {
  readonly nodes: readonly RedisServer[]

  constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes
  }

  get addresses(): readonly { readonly host: string; readonly port: number }[] {
    return this.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node[Symbol.asyncDispose]()
  }
}

export async function redisCluster(): Promise<RedisCluster> {
  // A cluster's nodes speak to each other on another port, which is theirs plus 10,000 unless a current one is told otherwise.
  const nodes: RedisServer[] = []
  for (let i = 0; i < 3; i++) nodes.push(await redisServer('--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'))
  const ranges = [[0, 5460], [5461, 10_922], [10_923, 16_383]]
  for (const [at, { port }] of nodes.entries()) {
    const [from = 0, to = 0] = ranges[at] ?? []
    await said(port, `CLUSTER ADDSLOTS ${Array.from({ length: to - from + 1 }, (_, slot) => from + slot).join(' ')}\r\n`)
    await said(port, `CLUSTER SET-CONFIG-EPOCH ${at + 1}\r\n`)
    if (at > 0) await said(nodes[0]!.port, `CLUSTER MEET 127.0.0.1 ${port}\r\n`)
  }
  const whole = async (): Promise<void> => {
    for (const { port } of nodes) {
      const info = await said(port, 'CLUSTER INFO\r\n')
      if (!info.includes('cluster_state:ok') || !info.includes('cluster_known_nodes:3')) throw new Error(`the cluster is not whole: ${info}`)
    }
  }
  await pRetry(whole, { retries: 300, minTimeout: 50, factor: 1 })
  return new RedisCluster(nodes)
}

/** Of a server's own tongue, without any client: one command, and the first that is answered. */
export async function said(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write(command)
    const [answer] = await once(socket, 'data') as [Buffer]
    const text = answer.toString()
    if (text.startsWith('-')) throw new Error(`redis-server on ${port}: ${text.trim()}`)
    return text
  } finally {
    socket.destroy()
  }
}
