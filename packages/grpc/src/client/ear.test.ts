import { Metadata, type InterceptingListener, type StatusObject } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { Ear } from './ear.ts'

const ok: StatusObject = { code: 0, details: 'OK', metadata: new Metadata() }

function noting(): InterceptingListener & { readonly heard: unknown[] } {
  const heard: unknown[] = []
  return {
    heard,
    onReceiveMetadata: () => void heard.push('metadata'),
    onReceiveMessage: (message: unknown) => void heard.push(message),
    onReceiveStatus: ({ details }) => void heard.push(details),
  }
}

test('an ear passes on what it hears, in order', () => {
  const listener = noting()
  const ear = new Ear(listener)
  ear.onReceiveMetadata(new Metadata())
  ear.onReceiveMessage('a')
  ear.onReceiveStatus(ok)
  expect(listener.heard).toEqual(['metadata', 'a', 'OK'])
})

test('an ear holds nobody after the status, so that a stream that outlives its call holds none of it', () => {
  const listener = noting()
  const ear = new Ear(listener)
  ear.onReceiveStatus(ok)
  expect(Object.values(ear)).not.toContain(listener)
  ear.onReceiveMessage('late')
  ear.onReceiveStatus(ok)
  expect(listener.heard).toEqual(['OK'])
})

test('an ear lets go before it tells the status: what is done upon it finds nothing held', () => {
  let heldMeanwhile: unknown = 'untold'
  const listener: InterceptingListener = { ...noting(), onReceiveStatus: () => { heldMeanwhile = Object.values(ear)[0] } }
  const ear = new Ear(listener)
  ear.onReceiveStatus(ok)
  expect(heldMeanwhile).toBeUndefined()
})
