import * as fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { decodeLoadReport, encodeLoadReport } from './bin.ts'
import type { LoadReport } from './report.ts'
import { anyReport, inPlainObjects } from './reports.test-support.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const hex = (all: Uint8Array): string => Array.from(all, (byte) => byte.toString(16).padStart(2, '0')).join('')
const decoded = (text: string): LoadReport | undefined => inPlainObjects(decodeLoadReport(bytes(text)))

// Each field as protobuf.js 8.8.1 writes it from orca_load_report.proto.
const CPU = '09666666666666e63f'
const MEM = '11cdccccccccccec3f'
const WHOLE_RPS = '18ac02'
const COST = '22100a0562797465731100000000003eab40'
const SHARE = '2a100a05746f74616c11000000000000e03f'
const RPS = '310000000000408f40'
const EPS = '390000000000000040'
const FOO = '420e0a03666f6f110000000000c05e40'
const BAR = '420e0a03626172119a9999999999c9bf'
const APPLICATION = '499a9999999999e93f'

const whole: LoadReport = {
  cpuUtilization: 0.7,
  memUtilization: 0.9,
  requestCost: { bytes: 3487 },
  utilization: { total: 0.5 },
  rpsFractional: 1000,
  eps: 2,
  namedMetrics: { foo: 123, bar: -0.2 },
  applicationUtilization: 0.8,
}

describe('the protobuf message of a load report', () => {
  it('is read as another implementation writes it', () => {
    expect(decoded(CPU + MEM + WHOLE_RPS + COST + SHARE + RPS + EPS + FOO + BAR + APPLICATION)).toEqual(whole)
    expect(decoded(WHOLE_RPS)).toEqual({ rpsFractional: 300 })
    expect(decoded('')).toEqual({})
  })

  it('is written as another implementation writes it: levels, then each kind of numbers by name', () => {
    expect(hex(encodeLoadReport(whole))).toBe(CPU + MEM + RPS + EPS + APPLICATION + COST + SHARE + FOO + BAR)
  })

  it('is read back as written', () => {
    expect(counterexample(anyReport, (report) => isDeepStrictEqual(inPlainObjects(decodeLoadReport(encodeLoadReport(report))), report))).toBeUndefined()
  })

  it('may have its fields in any order, and the last of one that comes twice counts', () => {
    expect(decoded(APPLICATION + BAR + CPU)).toEqual({ applicationUtilization: 0.8, cpuUtilization: 0.7, namedMetrics: { bar: -0.2 } })
    expect(decoded(`${EPS}39000000000000f03f`)).toEqual({ eps: 1 })
    expect(decoded(`${EPS}390000000000000000`)).toEqual({})
  })

  it('may have fields that are newer than this reader, of every type', () => {
    const varint = '50 ffffffffffffffffff01'
    const fixed64 = '59 0000000000000000'
    const block = '62 03 616263'
    const fixed32 = '6d 00000000'
    expect(decoded(varint + CPU + fixed64 + block + fixed32 + EPS)).toEqual({ cpuUtilization: 0.7, eps: 2 })
    // A known number under a type that it does not have is another field.
    expect(decoded(`0801${EPS}`)).toEqual({ eps: 2 })
    expect(decoded('4210 0a03666f6f110000000000c05e40 1801')).toEqual({ namedMetrics: { foo: 123 } })
  })

  it('has entries in which the value comes first, or which leave it out for 0', () => {
    expect(decoded('420e 110000000000c05e40 0a03666f6f')).toEqual({ namedMetrics: { foo: 123 } })
    expect(decoded('4205 0a03666f6f')).toEqual({ namedMetrics: { foo: 0 } })
  })

  it.each([
    ['a double that is cut off', CPU.slice(0, -2)],
    ['a length beyond the end', '42ff01'],
    ['an entry whose name goes beyond the entry', '4205 0a0a666f6f 00000000000000000000'],
    ['a number without an end', 'ffffffffffffffffffffff'],
    ['a number that is cut off', '18ac'],
    ['a group', '5354'],
    ['a type that is none', '0f'],
    ['a field of number 0', '0100000000000000 00'],
    ['no number', '09000000000000f87f'],
    ['a number without an end in the other sense', '09000000000000f07f'],
    ['less than nothing', '09000000000000f0bf'],
    ['a name that is no UTF-8', '420c 0a01ff 110000000000c05e40'],
    ['an entry without a name', '4209 110000000000c05e40'],
    ['a name that leads to a prototype', '4214 0a095f5f70726f746f5f5f 110000000000c05e40'],
  ])('with %s is none', (_what, text) => {
    expect(decodeLoadReport(bytes(text))).toBeUndefined()
  })

  it('of more than 4,096 bytes, or with more than 32 numbers of a kind, is none', () => {
    expect(decodeLoadReport(bytes(CPU.repeat(455)))).toEqual({ cpuUtilization: 0.7 })
    expect(decodeLoadReport(bytes(CPU.repeat(456)))).toBeUndefined()
    const named = (count: number): string => Array.from({ length: count }, (_, at) => `420c0a01${(at + 65).toString(16)}110000000000c05e40`).join('')
    expect(decodeLoadReport(bytes(named(32)))).toBeDefined()
    expect(decodeLoadReport(bytes(named(33)))).toBeUndefined()
    expect(decoded(named(1).repeat(40))).toEqual({ namedMetrics: { A: 123 } })
  })

  it('that is a part of a larger array is read within its bounds', () => {
    const all = bytes(CPU + EPS)
    expect(decodeLoadReport(all.subarray(9))).toEqual({ eps: 2 })
    expect(decodeLoadReport(all.subarray(0, 9))).toEqual({ cpuUtilization: 0.7 })
  })

  it('is never thrown at, whatever the bytes, and cut or turned ones are read within their length', () => {
    const turned = fc.tuple(anyReport, fc.nat(), fc.nat(255)).map(([report, at, byte]) => {
      const all = encodeLoadReport(report)
      if (all.length > 0) all[at % all.length] = byte
      return at % 3 === 0 ? all.subarray(0, at % (all.length + 1)) : all
    })
    expect(counterexample(fc.oneof(fc.uint8Array({ maxLength: 300 }), turned), (all) => {
      const report = decodeLoadReport(all)
      return report === undefined || Object.values(report).every((value) => typeof value !== 'number' || (value > 0 && value < Infinity))
    }, 5_000)).toBeUndefined()
  })
})
