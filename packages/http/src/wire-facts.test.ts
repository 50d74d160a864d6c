import { expect, test } from 'vitest'
import { wireOf } from './wire-facts.ts'

test('a request is what its caller named, with the port that the scheme means', () => {
  expect(wireOf('https://catalog.test', 'GET', 'catalog')).toEqual({ protocol: 'http', method: 'GET', address: 'catalog.test', port: 443 })
  expect(wireOf('http://catalog.test/', 'PUT', 'catalog')).toEqual({ protocol: 'http', method: 'PUT', address: 'catalog.test', port: 80 })
  expect(wireOf(new URL('http://10.0.0.1:8080'), 'GET', 'catalog')).toEqual({ protocol: 'http', method: 'GET', address: '10.0.0.1', port: 8080 })
})

test('one that names no origin goes by its service, and by no port that nobody said', () => {
  expect(wireOf(undefined, 'GET', 'catalog')).toEqual({ protocol: 'http', method: 'GET', address: 'catalog' })
  expect(wireOf('not an origin', 'GET', 'catalog')).toEqual({ protocol: 'http', method: 'GET', address: 'not an origin' })
})

test('a service that was made of an origin is that origin', () => {
  expect(wireOf(undefined, 'GET', 'http://both.test')).toEqual({ protocol: 'http', method: 'GET', address: 'both.test', port: 80 })
  expect(wireOf('http://both.test', 'GET', 'both')).toEqual({ protocol: 'http', method: 'GET', address: 'both.test', port: 80 })
  expect(wireOf(undefined, 'GET', 'shop:catalog')).toEqual({ protocol: 'http', method: 'GET', address: 'shop:catalog' })
})

test('those that are alike are one object, and what callers make up is not kept', () => {
  expect(wireOf('http://alike.test', 'GET', 's')).toBe(wireOf('http://alike.test', 'GET', 's'))
  for (let i = 0; i < 30; i++) wireOf('http://alike.test', `M${i}`, 's')
  expect(wireOf('http://alike.test', 'M29', 's')).not.toBe(wireOf('http://alike.test', 'M29', 's'))
  for (let i = 0; i < 2000; i++) wireOf(`http://${i}.test`, 'GET', 's')
  expect(wireOf('http://1999.test', 'GET', 's')).not.toBe(wireOf('http://1999.test', 'GET', 's'))
})
