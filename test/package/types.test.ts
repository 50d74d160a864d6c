import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'

const ATTW = join(dirname(createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js')

describe.each(inject('published'))('the types of $name', ({ tarball, entries }) => {
  it.each(entries)('are right for %s, whoever resolves them', (entry) => {
    const [, , ...path] = entry.startsWith('@') ? entry.split('/') : ['', ...entry.split('/')]
    const args = [ATTW, tarball, '--profile', 'esm-only', '--no-emoji', '--entrypoints', ['.', ...path].join('/')]
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '0' } })
    expect(status, stdout).toBe(0)
    // So that a name that was misspelt here, or an entry that was not looked at, cannot pass.
    expect(stdout).toMatch(/node16 \(from ESM\) │ OK \(ESM\)/)
    expect(stdout).toMatch(/bundler +│ OK/)
  })
})
