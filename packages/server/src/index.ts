import '@inmesh/pipeline/node-version'
export * from './load/index.ts'
