import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

// A check that cannot fail is a defect: every rule of ours is fed what it forbids, and what it allows.

const ROOT = join(import.meta.dirname, '../..')

type Finding = { rule: string, text: string }

/** Lints these files, placed as in the repository, with the repository's own configuration. */
function lint(files: Record<string, string>): Finding[] {
  const folder = mkdtempSync(join(tmpdir(), 'inmesh-lint-'))
  // The patterns of the configuration are relative to where it lies.
  copyFileSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), source)
  }
  const oxlint = join(ROOT, 'node_modules/oxlint/bin/oxlint')
  const { stdout, stderr } = spawnSync(process.execPath, [oxlint, '--format=json'], { cwd: folder, encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  expect(stderr).toBe('')
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string, message: string, help?: string }[] }
  return diagnostics.map(({ code, message, help }) => ({ rule: code, text: `${message} ${help ?? ''}` }))
}

const rulesOf = (findings: Finding[]) => findings.map(({ rule }) => rule)

const IMPORTS = 'eslint(no-restricted-imports)'
const GLOBALS = 'eslint(no-restricted-globals)'
const PROPERTIES = 'eslint(no-restricted-properties)'

const importing = (from: string) => `import * as it from '${from}'\nexport const x: unknown = it\n`

describe('the direction of imports', () => {
  it.each([
    ['policy', 'node:fs', 'policy imports nothing'],
    ['policy', 'zod', 'policy imports nothing'],
    ['policy', '@inmesh/pipeline', 'policy imports nothing'],
    ['policy', '@inmesh/testing', 'policy imports nothing'],
    ['pipeline', '@inmesh/http', 'pipeline imports only policy'],
    ['pipeline', '@inmesh/testing', 'pipeline imports only policy'],
    ['pipeline', 'undici', 'pipeline imports only policy'],
    ['pipeline', 'node:http', 'pipeline imports only policy'],
    ['testing', '@inmesh/http', 'testing imports only policy and pipeline'],
    ['testing', 'undici', 'testing imports only policy and pipeline'],
    ['testing', 'vitest', 'testing imports only policy and pipeline'],
    ['http', 'inmesh', 'http imports only policy, pipeline and undici'],
    ['http', 'zod', 'http imports only policy, pipeline and undici'],
    ['http', '@inmesh/testing', 'http imports only policy, pipeline and undici'],
    ['inmesh', '@inmesh/lab', 'The face imports policy, pipeline, http, undici and zod'],
    ['inmesh', '@inmesh/testing', 'The face imports policy, pipeline, http, undici and zod'],
    ['inmesh', 'commander', 'The face imports policy, pipeline, http, undici and zod']
  ])('keeps %s from importing %s', (name, from, why) => {
    const findings = lint({ [`packages/${name}/src/deep/bad.ts`]: importing(from) })
    expect(rulesOf(findings)).toEqual([IMPORTS])
    expect(findings[0]?.text).toContain(why)
  })

  it.each([
    ['policy', './other.ts'],
    ['policy', '../balance/other.ts'],
    ['pipeline', '@inmesh/policy'],
    ['testing', '@inmesh/policy'],
    ['testing', '@inmesh/pipeline'],
    ['http', '@inmesh/pipeline'],
    ['http', 'undici'],
    ['http', 'node:stream/web'],
    ['inmesh', '@inmesh/http'],
    ['inmesh', '@inmesh/pipeline/node-version'],
    ['inmesh', 'zod'],
    ['lab', 'inmesh'],
    ['lab', 'commander']
  ])('lets %s import %s', (name, from) => {
    expect(lint({ [`packages/${name}/src/deep/good.ts`]: importing(from) })).toEqual([])
  })

  it.each([
    ['an export', 'export { z } from \'zod\''],
    ['a type', 'import type { z } from \'zod\'\nexport type Z = z.ZodType'],
    ['a dynamic import', 'export const load = (): Promise<unknown> => import(\'zod\')'],
    ['a way round the package\'s name', importing('../../../http/src/index.ts')]
  ])('sees through %s', (_, source) => {
    expect(rulesOf(lint({ 'packages/policy/src/deep/bad.ts': source }))).toEqual([IMPORTS])
  })

  it.each(['policy', 'pipeline', 'testing', 'http', 'inmesh'])('lets tests of %s use the tools for tests, and no more', (name) => {
    const source = ['vitest', 'fast-check', '@inmesh/testing', 'node:os'].map((from, i) => `import * as i${i} from '${from}'`).join('\n')
    const used = `${source}\nexport const x: unknown = [i0, i1, i2, i3]\n`
    expect(lint({ [`packages/${name}/src/good.test.ts`]: used })).toEqual([])
    expect(rulesOf(lint({ [`packages/${name}/src/bad.test.ts`]: importing('@inmesh/lab') }))).toEqual([IMPORTS])
  })

  it('lets only the async context of the pipeline ask Node for it', () => {
    const source = importing('node:async_hooks')
    expect(lint({ 'packages/pipeline/src/ambient.ts': source })).toEqual([])
    expect(rulesOf(lint({ 'packages/pipeline/src/other.ts': source }))).toEqual([IMPORTS])
  })
})

describe('ambient time and chance', () => {
  const uses: [string, string, string][] = [
    ['Date.now()', GLOBALS, '`now` is an argument'],
    ['new Date()', GLOBALS, '`now` is an argument'],
    ['globalThis.Date.now()', GLOBALS, '`now` is an argument'],
    ['performance.now()', GLOBALS, '`now` is an argument'],
    ['setTimeout(() => 0, 1)', GLOBALS, 'waiting is the Clock'],
    ['setInterval(() => 0, 1)', GLOBALS, 'waiting is the Clock'],
    ['setImmediate(() => 0)', GLOBALS, 'waiting is the Clock'],
    ['queueMicrotask(() => 0)', GLOBALS, 'hot path'],
    ['crypto.randomUUID()', GLOBALS, 'Chance is handed in'],
    ['process.env', GLOBALS, 'read at the edge'],
    ['global.process', GLOBALS, 'read at the edge'],
    ['Math.random()', PROPERTIES, ''],
    ['Math["random"]()', PROPERTIES, '']
  ]

  describe.each(['policy', 'pipeline'])('in %s', (name) => {
    it.each(uses)('forbids %s', (use, rule, why) => {
      const findings = lint({ [`packages/${name}/src/deep/bad.ts`]: `export const x: unknown = ${use}\n` })
      expect(rulesOf(findings)).toEqual([rule])
      expect(findings[0]?.text).toContain(why)
    })

    it('forbids to take random out of Math', () => {
      const source = 'const { random } = Math\nexport const x: number = random()\n'
      expect(rulesOf(lint({ [`packages/${name}/src/bad.ts`]: source }))).toEqual([PROPERTIES])
    })
  })

  it('are let in at the edges of the pipeline, and at none of policy', () => {
    const source = 'export const now = (): number => performance.now()\nexport const chance = (): number => Math.random()\n'
    for (const edge of ['clock.ts', 'random.ts', 'loud.ts', 'node-version.ts']) {
      expect(lint({ [`packages/pipeline/src/${edge}`]: source })).toEqual([])
      expect(rulesOf(lint({ [`packages/policy/src/${edge}`]: source })).sort()).toEqual([GLOBALS, PROPERTIES])
    }
  })

  it('are moved by hand in tests of the pipeline, which may let promises run', () => {
    const test = 'packages/pipeline/src/some.test.ts'
    expect(lint({ [test]: 'export const x: unknown = [process, setImmediate]\n' })).toEqual([])
    for (const use of ['setTimeout(() => 0, 1)', 'setInterval(() => 0, 1)', 'Date.now()', 'performance.now()']) {
      const findings = lint({ [test]: `export const x: unknown = ${use}\n` })
      expect(rulesOf(findings)).toEqual([GLOBALS])
      expect(findings[0]?.text).toContain('use ManualClock')
    }
    expect(rulesOf(lint({ [test]: 'export const x: number = Math.random()\n' }))).toEqual([PROPERTIES])
  })

  it('are nobody else\'s business', () => {
    expect(lint({ 'packages/http/src/good.ts': 'export const x: number = Date.now() + Math.random()\n' })).toEqual([])
  })
})

describe('the base set', () => {
  it('finds a circle of imports, of types too', () => {
    const values = lint({
      'packages/http/src/a.ts': 'import { b } from \'./b.ts\'\nexport const a: unknown = b\n',
      'packages/http/src/b.ts': 'import { a } from \'./a.ts\'\nexport const b: unknown = a\n'
    })
    expect(rulesOf(values)).toEqual(['import(no-cycle)', 'import(no-cycle)'])
    const types = lint({
      'packages/http/src/a.ts': 'import type { B } from \'./b.ts\'\nexport type A = B | 1\n',
      'packages/http/src/b.ts': 'import type { A } from \'./a.ts\'\nexport type B = A[]\n'
    })
    expect(rulesOf(types)).toEqual(['import(no-cycle)', 'import(no-cycle)'])
  })

  it.each([
    ['eslint(no-unused-vars)', 'const x = 1\n'],
    ['eslint(eqeqeq)', 'export const x = (a: number): boolean => a == 1\n'],
    ['eslint(no-console)', 'console.log(1)\n'],
    ['typescript(no-explicit-any)', 'export const x: any = 1\n'],
    ['typescript(ban-ts-comment)', '// @ts-ignore\nexport const x: number = 1\n'],
    ['vitest(no-focused-tests)', 'import { expect, it } from \'vitest\'\nit.only(\'x\', () => expect(1).toBe(1))\n'],
    ['vitest(no-disabled-tests)', 'import { expect, it } from \'vitest\'\nit.skip(\'x\', () => expect(1).toBe(1))\n'],
    ['vitest(expect-expect)', 'import { it } from \'vitest\'\nit(\'x\', () => {})\n']
  ])('finds %s', (rule, source) => {
    expect(rulesOf(lint({ 'packages/http/src/bad.test.ts': source }))).toContain(rule)
  })
})
