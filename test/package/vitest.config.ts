import { defineConfig } from 'vitest/config'
import { reporters } from '../../scripts/report.js'

/** What users get: built, packed, installed from tarballs, and run without the condition that finds our sources. */
export default defineConfig({
  test: {
    root: import.meta.dirname + '/..',
    include: ['package/**/*.test.ts', 'compat/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['package/install.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    allowOnly: false,
    reporters: reporters('packages')
  }
})
