import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pRetry from 'p-retry'
import { request } from 'undici'
import { freePort } from '../programs/free-port.ts'
import { RunningProgram } from '../programs/running-program.ts'
import { prometheusBinaries } from './prometheus-binary.ts'

export interface Series {
  readonly metric: Readonly<Record<string, string>>
  /** Instants in seconds since 1970, with what was there then. */
  readonly values: readonly (readonly [number, string])[]
}

export interface Rule {
  readonly name: string
  readonly type: 'alerting' | 'recording'
  readonly health: 'ok' | 'err' | 'unknown'
  readonly lastError?: string
  readonly state?: 'inactive' | 'pending' | 'firing'
}

/** A Prometheus of our own on a free port of the loopback, whose memory goes with it. */
export class PrometheusServer {
  private readonly port: number
  private readonly folder: string
  private readonly program: RunningProgram

  constructor(binary: string, port: number, folder: string) {
    this.port = port
    this.folder = folder
    const args = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`]
    this.program = new RunningProgram(binary, 'prometheus', args)
  }

  async ready(): Promise<void> {
    const ask = async (): Promise<void> => {
      const { statusCode, body } = await request(`http://127.0.0.1:${this.port}/-/ready`)
      await body.dump()
      if (statusCode !== 200) throw new Error(`prometheus is not ready: ${statusCode}`)
    }
    await this.program.ready(ask, { times: 300, every: 50 })
  }

  /** Every step of a time, in seconds since 1970. */
  async range(query: string, { from, to, step = 1 }: { readonly from: number; readonly to: number; readonly step?: number }): Promise<readonly Series[]> {
    const { result } = await this.ask<{ readonly result: readonly Series[] }>('query_range', { query, start: String(from), end: String(to), step: String(step) })
    return result
  }

  /** The values of a label of what a selector selects, whenever that was. */
  async labelValues(label: string, selector: string): Promise<readonly string[]> {
    return this.ask<readonly string[]>(`label/${label}/values`, { 'match[]': selector })
  }

  async rules(): Promise<readonly Rule[]> {
    const { groups } = await this.ask<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>('rules', {})
    return groups.flatMap(({ rules }) => rules)
  }

  private async ask<T>(what: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    const { body } = await request(`http://127.0.0.1:${this.port}/api/v1/${what}?${new URLSearchParams(parameters)}`)
    const answer = await body.json() as { readonly status: string; readonly error?: string; readonly data: T }
    if (answer.status !== 'success') throw new Error(`${parameters['query'] ?? parameters['match[]'] ?? what}: ${answer.error}`)
    return answer.data
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** One that reads these ports of the loopback once a second, each as a job of its own, and evaluates these files of rules as often. */
export async function prometheusServer({ jobs, rules }: { readonly jobs: Readonly<Record<string, number>>; readonly rules: readonly string[] }): Promise<PrometheusServer> {
  const { prometheus } = await prometheusBinaries()
  // Between finding a port and listening on it, somebody else may have taken it.
  const attempt = async (): Promise<PrometheusServer> => {
    const folder = mkdtempSync(join(tmpdir(), 'inmesh-prometheus-'))
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: rules,
      scrape_configs: Object.entries(jobs).map(([job_name, port]) => ({ job_name, static_configs: [{ targets: [`127.0.0.1:${port}`] }] })),
    }))
    const server = new PrometheusServer(prometheus, await freePort(), folder)
    try {
      await server.ready()
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
    return server
  }
  return pRetry(attempt, { retries: 3, minTimeout: 10 })
}
