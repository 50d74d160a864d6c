import { expect, test } from 'vitest'
import { logicalName, srvHosts, srvName } from './srv.ts'

const record = (name: string, weight: number, priority = 0): { name: string; port: number; priority: number; weight: number } => ({ name, port: 80, priority, weight })

test('weights are relative to the mean of their priority, and a weight of 0 is a very small one', () => {
  const hosts = srvHosts([record('a', 10), record('b', 30), record('c', 0), record('spare', 7, 10)])
  expect(hosts.map(({ name, weight, priority }) => [name, weight, priority])).toEqual([['a', 0.75, 0], ['b', 2.25, 0], ['c', 0.01, 0], ['spare', 1, 1]])
})

test('weights that are all 0 spread evenly, and the largest there are fit in', () => {
  expect(srvHosts([record('a', 0), record('b', 0)]).map(({ weight }) => weight)).toEqual([1, 1])
  const many = srvHosts([record('heavy', 65_535), ...Array.from({ length: 3000 }, (_, i) => record(`h${i}`, 0))])
  expect(many[0]?.weight).toBe(1000)
})

test('a target of "." says that nobody is there', () => {
  expect(srvHosts([record('.', 0)])).toEqual([])
})

test.each([
  ['http://catalog.prod', true, '_http._tcp.catalog.prod', 'catalog.prod'],
  ['https://catalog.prod', true, '_https._tcp.catalog.prod', 'catalog.prod'],
  ['http://catalog.prod', '_api._tcp', '_api._tcp.catalog.prod', 'catalog.prod'],
  ['http://_grpc._tcp.catalog.prod.', true, '_grpc._tcp.catalog.prod.', 'catalog.prod'],
])('%s with srv %j asks for %s, and stands for %s', (url, srv, asked, logical) => {
  expect([srvName(new URL(url), srv), logicalName(new URL(url).hostname)]).toEqual([asked, logical])
})
