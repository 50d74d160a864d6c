import { expect, it } from 'vitest'
import { commonNameIn } from './common-name.ts'
import { forwardedName } from './caller.ts'

it.each([
  ['"CN=web,O=Acme"', 'web'],
  ['CN=web', 'web'],
  ['"O=Acme, CN=team/a"', 'team/a'],
  ['"O=Acme+CN=web,C=US"', 'web'],
  ['"CN=Smith\\, John,O=Acme"', 'Smith, John'],
  [String.raw`"O=evil\,CN=admin,CN=me"`, 'me'],
  [String.raw`"O=evil\\,CN=admin,CN=me"`, 'me'],
  [String.raw`"O=evil\\\,CN=admin,CN=me"`, 'me'],
  [String.raw`"O=\"Acme, CN=admin\",CN=me"`, 'me'],
  [String.raw`"O=\",CN=admin"`, undefined],
  ['"/C=US/CN=web"', 'web'],
  ['"/O=evil/CN=admin/CN=me"', undefined],
  ['"O=Acme"', undefined],
  ['"CN="', undefined],
  ['"', undefined],
  ['', undefined],
])('of %s', (subject, name) => {
  expect(commonNameIn(subject)).toBe(name)
})

it('nobody becomes another by a part of his subject', () => {
  expect(forwardedName(String.raw`Hash=ab;Subject="O=evil\,CN=admin,CN=me"`)).toBe('me')
  expect(forwardedName('Hash=ab;Subject="CN=team/a"')).toBe('team/a')
})
