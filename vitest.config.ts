import { defineConfig } from 'vitest/config'
import { reporters } from './scripts/report.js'

// Tests run the TypeScript sources: no build stands between an edit and its test.
const conditions = ['@inmesh/source', 'module', 'node']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@inmesh/source', 'node'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    // What needs a build, a registry or another Node has commands of its own (CONTRIBUTING.md).
    exclude: ['**/node_modules/**', '**/dist/**', 'test/package/**', 'test/compat/**'],
    // A process each: real sockets and timers of one file cannot reach another's.
    pool: 'forks',
    maxWorkers: 2,
    execArgv: ['--conditions=@inmesh/source'],
    // Where CI is set, colours are forced on programs that write to a pipe: tests must read the same text everywhere.
    env: { NO_COLOR: '1' },
    testTimeout: 10_000,
    hookTimeout: 10_000,
    // An `.only` left behind would silently drop every other test.
    allowOnly: false,
    restoreMocks: true,
    reporters: reporters('unit')
  }
})
