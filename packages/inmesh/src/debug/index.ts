import '@inmesh/pipeline/node-version'

export { debugHandler, type DebugHandler } from './debug-handler.ts'
export type { Debugged } from './debugged.ts'
export type { DebugOptions } from './options.ts'
