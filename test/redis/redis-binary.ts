import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import pRetry, { AbortError } from 'p-retry'

const missing = 'These tests need a Redis: install redis-server (Debian: apt-get install redis-server), or name one with INMESH_REDIS_BIN=/path/to/redis-server.'

/** How long a machine without one may take to install it, for hooks that wait for it. */
export const installing = 180_000

let found: Promise<string> | undefined

/** A `redis-server` that runs: from PATH, else `INMESH_REDIS_BIN`, else Debian's package where we are root. Never skipped: else one line says what to install. */
export function redisBinary(): Promise<string> {
  found ??= find()
  return found
}

async function find(): Promise<string> {
  const there = onPath('redis-server') ?? named(process.env['INMESH_REDIS_BIN'])
  if (there !== undefined) return there
  if (process.getuid?.() !== 0 || onPath('apt-get') === undefined) throw new Error(missing)
  await install()
  const installed = onPath('redis-server')
  if (installed === undefined) throw new Error(missing)
  return installed
}

function named(path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined
  if (!runs(path)) throw new Error(`INMESH_REDIS_BIN is ${path}, which is no program that runs. ${missing}`)
  return path
}

function onPath(program: string): string | undefined {
  // Debian keeps some programs of root where other users' PATH does not lead.
  return [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'].filter((folder) => folder !== '').map((folder) => join(folder, program)).find(runs)
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * Without what it recommends, and without its service: Debian asks `policy-rc.d` whether a package may start one. The
 * lists of packages may be missing or old, and a mirror may fail once. Of files that run at once one installs, the others
 * wait for it.
 */
async function install(): Promise<void> {
  const script = `
    command -v redis-server >/dev/null && exit 0
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      printf '#!/bin/sh\\nexit 101\\n' >"$policy" && chmod 755 "$policy"
      trap 'rm -f "$policy"' EXIT
    fi
    [ "$1" = 1 ] || apt-get -qq -o DPkg::Lock::Timeout=120 update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=120 install --no-install-recommends redis-server`
  const attempt = async (number: number): Promise<void> => {
    const { status, said } = await run('flock', ['/tmp/inmesh-redis-server.lock', 'sh', '-c', script, 'install', `${number}`])
    if (status !== 0) throw new Error(`${missing} apt-get said: ${said.trim().split('\n').at(-1)}`)
  }
  await pRetry(attempt, { retries: 3, minTimeout: 500, factor: 3 })
}

function run(command: string, args: readonly string[]): Promise<{ status: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk.toString() })
    child.once('error', (error) => reject(new AbortError(`${missing} (${error.message})`)))
    child.once('close', (status) => resolve({ status, said }))
  })
}
