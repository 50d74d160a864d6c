import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { besideBinary, binaryOf, type Program } from './program.ts'

const folder = mkdtempSync(join(tmpdir(), 'inmesh-programs-'))
afterAll(() => rmSync(folder, { recursive: true }))

function place(name: string, mode = 0o755): string {
  const path = join(folder, name)
  writeFileSync(path, '#!/bin/sh\n', { mode })
  return path
}

let number = 0
/** One that nobody has, by a name of its own: what was found of another one is remembered. */
function unknown(more: Partial<Program> = {}): Program {
  return { name: `inmesh-no-such-${number++}`, debian: 'inmesh-no-such-package', variable: 'INMESH_NO_SUCH_BIN', title: 'a program that nobody has', ...more }
}

describe('a program is', () => {
  test('that of PATH, before one that the variable names', async () => {
    const program = unknown()
    const path = place(program.name)
    vi.stubEnv('PATH', folder)
    vi.stubEnv(program.variable, place('another'))
    expect(await binaryOf(program)).toBe(path)
  })

  test('else the one that the variable names, with what comes with it beside it', async () => {
    const program = unknown({ with: ['inmesh-tool'] })
    vi.stubEnv(program.variable, place('of-mine'))
    await expect(binaryOf(program)).rejects.toThrow(`INMESH_NO_SUCH_BIN is ${join(folder, 'of-mine')}, which is no program that runs, with inmesh-tool beside it.`)
    const tool = place('inmesh-tool')
    const again = unknown({ with: ['inmesh-tool'] })
    const found = await binaryOf(again)
    expect([found, besideBinary(found, 'inmesh-tool')]).toEqual([join(folder, 'of-mine'), tool])
  })

  test('never a file that does not run', async () => {
    const program = unknown()
    place(program.name, 0o644)
    vi.stubEnv('PATH', folder)
    vi.stubEnv(program.variable, place('text', 0o644))
    await expect(binaryOf(program)).rejects.toThrow('which is no program that runs.')
  })

  test('else missed in one line that says what to install', async () => {
    const program = unknown()
    vi.spyOn(process, 'getuid').mockReturnValue(1000)
    await expect(binaryOf(program)).rejects.toThrow(`These tests need a program that nobody has: install ${program.name} (Debian: apt-get install inmesh-no-such-package), or name one with INMESH_NO_SUCH_BIN=/path/to/${program.name}.`)
  })
})
