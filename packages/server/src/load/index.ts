export { LoadMeter, type LoadEnv, type LoadSnapshot } from './meter.ts'
export { nodeMachine, type Machine } from './machine.ts'
export { LOAD_DEFAULTS, loadOptions, type LoadOptions } from './options.ts'
