import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { main } from './main.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inmesh-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Newer Nodes hand out what was written piece by piece. */
function all(stream: PassThrough): string {
  let text = ''
  for (let piece: unknown = stream.read(); piece !== null; piece = stream.read()) text += String(piece)
  return text
}

async function run(args: readonly string[]): Promise<Run> {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
  const code = await main(args, streams)
  return { code, stdout: all(streams.stdout), stderr: all(streams.stderr) }
}

const good = '{ "services": { "a": { "endpoints": ["http://a"] }, "b": { "origins": ["http://b"] } } }'

test('a configuration that is in order is told with its services', async () => {
  expect(await run(['validate', await file('mesh.json', good)])).toEqual({ code: 0, stdout: 'ok: 2 services (a, b)\n', stderr: '' })
})

test('a base and its overlay are checked as one', async () => {
  const files = [await file('mesh.json', good), await file('overlay.json', '{ "services": { "b": null } }')]
  expect(await run(['validate', ...files])).toEqual({ code: 0, stdout: 'ok: 1 service (a)\n', stderr: '' })
})

test('every mistake has a line of its own, and the exit code is 1', async () => {
  const path = await file('mesh.json', '{\n "services": { "a": {\n  "policy": { "retry": { "maxExtraTrys": 2 }, "drop": 3 } } }\n}')
  const { code, stdout, stderr } = await run(['validate', path])
  expect(code).toBe(1)
  expect(stdout.trimEnd().split('\n')).toEqual([
    `${path}:3:26 services.a.policy.retry.maxExtraTrys: unknown option; did you mean maxExtraTries? (accepted: maxExtraTries, codes, backoff, mode)`,
    expect.stringContaining(`${path}:3:47 services.a.policy.drop: got 3`),
    expect.stringContaining(`${path}:2:16 services.a.endpoints: got nothing`),
    `3 mistakes in ${path}`,
  ])
  expect(stderr).toBe('')
})

test('a file that is not JSON, or not there, is told on the error stream, and the exit code is 2', async () => {
  const broken = await run(['validate', await file('mesh.json', '{ "services": }')])
  expect([broken.code, broken.stdout]).toEqual([2, ''])
  expect(broken.stderr).toMatch(/mesh\.json:1:15 is not JSON: Unexpected token '}'\n {2}\{ "services": \}\n {16}\^\n$/)
  expect(await run(['validate', join(folder, 'nowhere.json')])).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no such file') })
})

test.each([[[]], [['validate']], [['vlidate', 'x']], [['validate', '--strict', 'x']]])('what it does not understand leads to the help, with exit code 2: %j', async (args) => {
  expect(await run(args)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(/^inmesh: .+; inmesh --help tells how it is used\n$/) })
})

test('the help names the exit codes, and the version is a version', async () => {
  expect(await run(['--help'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/Exits with 0 .* 1 .* 2 /) })
  expect(await run(['-v'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/) })
})

test('as a program it colours where colours are asked for, not where its output is piped, and exits as it says', async () => {
  const path = await file('mesh.json', '{ "services": 1 }')
  const cli = fileURLToPath(new URL('../cli.ts', import.meta.url))
  const start = (env: NodeJS.ProcessEnv): Run => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=@inmesh/source', cli, 'validate', path], { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } })
    return { code: status ?? -1, stdout, stderr }
  }
  expect(start({ FORCE_COLOR: '1' }).stdout).toContain('\u001B[31m1 mistake\u001B[39m')
  expect(start({})).toMatchObject({ code: 1, stdout: expect.not.stringContaining('\u001B'), stderr: '' })
}, 60_000)
