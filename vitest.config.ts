import { defineConfig } from 'vitest/config'
import { reporters } from './scripts/report.js'

// Tests run the TypeScript sources: no build stands between an edit and its test.
const conditions = ['@inmesh/source', 'module', 'node']

const files = ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts']
// What needs a build, a registry or another Node has commands of its own (CONTRIBUTING.md).
const others = ['**/node_modules/**', '**/dist/**', 'test/package/**', 'test/compat/**']
/** Pages, the tools of this repository, and what a Prometheus makes of it: all of that is the same on every Node, takes two minutes, and runs on the workspace's own. */
const onceOnly = process.env['INMESH_COMPAT'] === undefined ? [] : ['test/prometheus/**', 'test/docs/**', 'test/lint/**', 'test/ci/**', 'test/bootstrap/**']
/** Judge what a busy machine changes: refusals for lateness, and rates over real time. They run after the rest, one at a time. */
const alone = ['test/server/waiting.test.ts', 'test/server/computing.test.ts', 'test/redis/mesh.test.ts', 'test/otel/traces.exporter.test.ts', 'test/otel/conformance.test.ts', 'packages/lab/src/real/world.test.ts', 'test/prometheus/bad-day.test.ts']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@inmesh/source', 'node'] } },
  test: {
    projects: [
      { extends: true, test: { name: 'together', include: files, exclude: [...others, ...onceOnly, ...alone], maxWorkers: 2, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'alone', include: alone, exclude: onceOnly, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
    // A process each: real sockets and timers of one file cannot reach another's.
    pool: 'forks',
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
