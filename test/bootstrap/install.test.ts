import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { shown, whatWentWrong } from '../../scripts/bootstrap/install.js'

const PNPM = 'pnpm@1.0.0'

describe('a failed installation is told in one sentence', () => {
  it.each([
    ['Error: ERR_PNPM_FROZEN_LOCKFILE_WITH_OUTDATED_LOCKFILE', /lock.yaml does not fit/],
    ['npm error code ENOTFOUND', /registry could not be reached/],
    ['WARN GET x error (ECONNREFUSED). Will retry', /registry could not be reached/],
    ['npm error ENOSPC: no space left on device', /disk is full/],
    ['npm error EACCES: permission denied', /could not be written/],
    ['something else', /what pnpm@1\.0\.0 said stands above/]
  ])('%s', (output, sentence) => {
    expect(whatWentWrong(output, PNPM)).toMatch(sentence)
    expect(whatWentWrong(output, PNPM)).not.toContain('\n')
  })
})

describe('an installation in progress', () => {
  let printed = ''
  beforeEach(() => {
    printed = ''
    vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      printed += String(chunk)
      return true
    })
  })
  afterEach(() => vi.restoreAllMocks())

  it('shows both streams as they come and gives back the exit code', async () => {
    const script = 'console.log("one"); console.error("two"); process.exitCode = 3'
    const { code, output } = await shown(process.execPath, ['-e', script], { cwd: tmpdir(), env: process.env })
    expect(code).toBe(3)
    for (const text of ['one', 'two']) {
      expect(printed).toContain(text)
      expect(output).toContain(text)
    }
  })

  it('says what is missing when the command cannot be started', async () => {
    const missing = join(mkdtempSync(join(tmpdir(), 'inmesh ')), 'npx')
    await expect(shown(missing, [], { cwd: tmpdir(), env: {} })).rejects.toThrow(/install npm and run the same command again/)
  })
})
