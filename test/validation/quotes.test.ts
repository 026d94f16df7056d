import t from 'tap'
import { quotesOf } from '../../src/validation/quotes.js'

const cases: Array<[title: string, data: unknown, text: string, quotes: boolean]> = [
  ['a value', { a: 'sk-live-4242' }, 'no sk-live-4242 here', true],
  ['six characters of one, in capitals', { a: ['sk-live-4242'] }, 'no SK-LIV… here', true],
  ['five characters of one', { a: 'sk-live-4242' }, 'no sk-li… here', false],
  ['a short value as a word', { a: 'abc' }, 'no "abc"', true],
  ['a short value in front of a word', { a: 'abc' }, 'no abcd', false],
  ['a short value at the end of a word', { a: 'abc' }, 'no zabc', false],
  ['a short value in a word, and then by itself', { a: 'abc' }, 'zabc abc', true],
  ['a short value at the very end', { a: 'abc' }, 'no abc', true],
  ['a short value that is all', { a: 'abc' }, 'abc', true],
  ['a short value of two words', { a: 'a b' }, 'not a b!', true],
  ['a number', { a: 42 }, 'not 42', true],
  ['a blank value', { a: ' ' }, 'not this', false],
  ['a truth value', { a: true }, 'must be true', false],
  ['a name', { taken: 1 }, 'is taken', false],
  ['whatever, of deep input', JSON.parse('['.repeat(200) + ']'.repeat(200)), 'is taken', true],
  ['whatever, of long input', { a: 'x'.repeat(70_000) }, 'is taken', true],
  ['nothing, of unknown input', undefined, 'is taken', false]
]

for (const [title, data, text, quotes] of cases) {
  t.test(`${title}: ${quotes ? 'a quotation' : 'none'}`, async t => {
    t.equal(quotesOf(data)(text), quotes)
  })
}
