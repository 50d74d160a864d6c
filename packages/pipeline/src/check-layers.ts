import { gotText } from './got.ts'
import type { AnyLayer, State } from './layer.ts'

/** What the types of `compose` say, for code without types: a layer in the wrong place would count or repeat something else. */
export function assertLayers(by: string, layers: readonly AnyLayer[]): void {
  let state: State = 'call'
  let before: AnyLayer | undefined
  for (const layer of layers) {
    if (!isLayer(layer)) throw new TypeError(`${by}: ${notALayer(layer)}`)
    if (!stands(layer, state)) throw new TypeError(`${by}: ${misplaced(layer, state, before)}`)
    state = layer.part === undefined ? layer.to : 'attempts'
    before = layer
  }
}

function isLayer(layer: unknown): layer is AnyLayer {
  return typeof layer === 'object' && layer !== null && 'build' in layer && typeof layer.build === 'function' && 'from' in layer
}

function notALayer(given: unknown): string {
  if (typeof given !== 'function') return `got ${gotText(given)} (accepted: layers, such as retry() or limit({ rate: 50 }))`
  return given.name === '' ? 'got a function; a step of your own is interceptor(name, function)' : `got a function; call it: ${given.name}()`
}

/** A part of `attempts` joins the parts before it; anything else takes the scope that is there. */
function stands({ from, part }: AnyLayer, state: State): boolean {
  if (part !== undefined) return state === 'call' || state === 'attempts'
  return from === (state === 'attempts' ? 'attempt' : state)
}

function misplaced({ name, from }: AnyLayer, state: State, before: AnyLayer | undefined): string {
  const here = state === 'attempts' ? 'attempt' : state
  const where = before === undefined ? 'first' : `behind ${before.name}`
  return `${name} cannot stand ${where}: it takes the scope "${from}", here is "${here}"; ${advice(from)}`
}

function advice(from: AnyLayer['from']): string {
  if (from === 'call') return 'list it before whatever makes tries (retry, backup, rescue)'
  return from === 'attempt' ? 'list it behind what makes tries (retry, backup, rescue) and before balance' : 'list it behind balance'
}
