import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import pRetry, { AbortError } from 'p-retry'

/** A program that tests run against, of a machine or of Debian. */
export interface Program {
  /** Such as `redis-server`. */
  readonly name: string
  /** Debian's package that has it. */
  readonly debian: string
  /** The variable that names one of another place. */
  readonly variable: string
  /** What is wanted, in the words of whoever has to install it. */
  readonly title: string
  /** Those that come with it and lie beside it. */
  readonly with?: readonly string[]
}

/** How long a machine without one may take to install it, for hooks that wait for it. */
export const installing = 180_000

const found = new Map<string, Promise<string>>()

/** One that runs: from PATH, else from its variable, else Debian's package where we are root. Never skipped: else one line says what to install. */
export function binaryOf(program: Program): Promise<string> {
  const known = found.get(program.name)
  if (known !== undefined) return known
  const finding = find(program)
  found.set(program.name, finding)
  return finding
}

/** What comes with a program, from where that is. */
export function besideBinary(binary: string, name: string): string {
  return join(dirname(binary), name)
}

async function find(program: Program): Promise<string> {
  const there = onPath(program) ?? named(program)
  if (there !== undefined) return there
  if (process.getuid?.() !== 0 || locate('apt-get') === undefined) throw new Error(missing(program))
  await install(program)
  const installed = onPath(program)
  if (installed === undefined) throw new Error(missing(program))
  return installed
}

function missing({ title, name, debian, variable }: Program): string {
  return `These tests need ${title}: install ${name} (Debian: apt-get install ${debian}), or name one with ${variable}=/path/to/${name}.`
}

function named(program: Program): string | undefined {
  const path = process.env[program.variable]
  if (path === undefined || path === '') return undefined
  if (!isWhole(program, path)) throw new Error(`${program.variable} is ${path}, which is no program that runs${program.with === undefined ? '' : `, with ${program.with.join(', ')} beside it`}. ${missing(program)}`)
  return path
}

function onPath(program: Program): string | undefined {
  return locate(program.name, (path) => isWhole(program, path))
}

function isWhole({ with: others = [] }: Program, path: string): boolean {
  return [path, ...others.map((other) => besideBinary(path, other))].every(runs)
}

function locate(name: string, is: (path: string) => boolean = runs): string | undefined {
  // Debian keeps some programs of root where other users' PATH does not lead.
  return [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'].filter((folder) => folder !== '').map((folder) => join(folder, name)).find(is)
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
 * lists of packages may be missing or old, and a mirror may fail once. Of all that run at once one installs, whatever it
 * is, and the others wait for it: who finds the policy of another one would lose it halfway.
 */
async function install(program: Program): Promise<void> {
  const script = `
    command -v "$2" >/dev/null && exit 0
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      printf '#!/bin/sh\\nexit 101\\n' >"$policy" && chmod 755 "$policy"
      trap 'rm -f "$policy"' EXIT
    fi
    [ "$1" = 1 ] || apt-get -qq -o DPkg::Lock::Timeout=120 update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$3"`
  const attempt = async (number: number): Promise<void> => {
    const { status, said } = await run(program, 'flock', [join(tmpdir(), 'inmesh-install.lock'), 'sh', '-c', script, 'install', `${number}`, program.name, program.debian])
    if (status !== 0) throw new Error(`${missing(program)} apt-get said: ${said.trim().split('\n').at(-1)}`)
  }
  await pRetry(attempt, { retries: 3, minTimeout: 500, factor: 3 })
}

function run(program: Program, command: string, args: readonly string[]): Promise<{ status: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk.toString() })
    child.once('error', (error) => reject(new AbortError(`${missing(program)} (${error.message})`)))
    child.once('close', (status) => resolve({ status, said }))
  })
}
