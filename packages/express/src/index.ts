import '@inmesh/pipeline/node-version'

export { express, type ExpressMiddleware } from './express.ts'
export {
  currentCall, detached, extract, inject, type Caller, type CurrentCall, type CutRequest, type DrainOptions, type DrainReport, type LimitRule,
  type RequestFacts, type ServerControl, type ServerOptions, type ServerSnapshot,
} from '@inmesh/server'
